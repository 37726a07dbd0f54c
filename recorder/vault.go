package recorder

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/tiktokshop-go/tiktokshop/internal/scrub"
)

// shortestSecret is that of the values that are looked for in places that do not name them. The
// platform gives out none that is shorter; masked everywhere, a placeholder such as "key" would
// make a file unreadable.
const shortestSecret = 6

var standIn = regexp.MustCompile(`masked-([a-z0-9-]+)-([0-9]+)`)

// vault knows the secrets seen so far, and what stands for each.
type vault struct {
	mu       sync.Mutex
	standIns map[string]string
	counts   map[string]int // by kind
	secrets  []string
	scrubber *scrub.Scrubber // for the secrets; nil after another one came
}

func newVault() *vault {
	return &vault{standIns: make(map[string]string), counts: make(map[string]int)}
}

// reserve takes the stand-ins of a text as given out.
func (v *vault) reserve(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, found := range standIn.FindAllStringSubmatch(text, -1) {
		if n, err := strconv.Atoi(found[2]); err == nil {
			v.counts[found[1]] = max(v.counts[found[1]], n)
		}
	}
}

// mask returns what stands for a value of a kind. A stand-in, which a replayed answer may have
// given out, is its own.
func (v *vault) mask(kind, value string) string {
	if standIn.FindString(value) == value {
		return value
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	masked, ok := v.standIns[value]
	if !ok {
		v.counts[kind]++
		masked = "masked-" + kind + "-" + strconv.Itoa(v.counts[kind])
		v.standIns[value] = masked
		v.keep(value)
	}
	return masked
}

// add makes a value a secret that has no stand-in of its own.
func (v *vault) add(value string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.keep(value)
}

func (v *vault) keep(value string) {
	if len(value) < shortestSecret || strings.HasPrefix(value, "masked-") {
		return
	}
	v.secrets = append(v.secrets, value)
	v.scrubber = nil
}

// sweepWhole is sweep for a text that is known to be whole, so that its end is not taken for the
// beginning of a secret.
func (v *vault) sweepWhole(text string) string {
	return strings.TrimSuffix(v.sweep(text+"\n"), "\n")
}

// sweep masks what is left of the secrets in a text, which may have been cut off.
func (v *vault) sweep(text string) string {
	v.mu.Lock()
	if v.scrubber == nil {
		v.scrubber = scrub.New(v.secrets...)
	}
	s := v.scrubber
	v.mu.Unlock()
	return s.Text(text)
}
