package recorder

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

// Mode says what a Recorder does with a request.
type Mode int

const (
	// Replay answers from the file and never uses the network.
	Replay Mode = iota
	// Record sends every request and writes the file anew.
	Record
	// RecordMissing answers from the file what it has, sends the rest and adds it.
	RecordMissing
)

// ModeVariable names the environment variable that sets the mode where WithMode does not: replay,
// record or missing.
const ModeVariable = "TIKTOKSHOP_RECORDER"

var modeNames = map[string]Mode{"": Replay, "replay": Replay, "record": Record,
	"missing": RecordMissing}

// String returns the mode as ModeVariable has it.
func (m Mode) String() string {
	switch m {
	case Replay:
		return "replay"
	case Record:
		return "record"
	case RecordMissing:
		return "missing"
	}
	return fmt.Sprintf("Mode(%d)", int(m))
}

// Option configures a Recorder.
type Option func(*config) error

type config struct {
	mode      Mode
	dir       string
	transport http.RoundTripper
	now       func() time.Time
	masked    map[string]string
	ignored   map[string]bool
	headers   []string
	secrets   []string
	redact    func(name, value string) string
	allUsed   bool
	repeat    bool
}

func newConfig(opts []Option) (*config, error) {
	mode, ok := modeNames[strings.ToLower(os.Getenv(ModeVariable))]
	cfg := &config{
		mode: mode, dir: "testdata/recordings", transport: http.DefaultTransport, now: time.Now,
		masked: make(map[string]string), ignored: make(map[string]bool),
	}
	var errs []error
	if !ok {
		errs = append(errs, fmt.Errorf("%s: want replay, record or missing", ModeVariable))
	}
	for _, opt := range opts {
		errs = append(errs, opt(cfg))
	}
	return cfg, errors.Join(errs...)
}

// WithMode sets the mode whatever the environment says.
func WithMode(mode Mode) Option {
	return func(c *config) error {
		if mode < Replay || mode > RecordMissing {
			return fmt.Errorf("mode: there is no %v", mode)
		}
		c.mode = mode
		return nil
	}
}

// WithDir sets the folder of the files, testdata/recordings by default.
func WithDir(dir string) Option {
	return func(c *config) error {
		if dir == "" {
			return errors.New("dir: is empty")
		}
		c.dir = dir
		return nil
	}
}

// WithTransport sets what sends requests while recording, http.DefaultTransport by default.
func WithTransport(transport http.RoundTripper) Option {
	return func(c *config) error {
		if transport == nil {
			return errors.New("transport: is nil")
		}
		c.transport = transport
		return nil
	}
}

// WithClock sets the clock by which the tokens of replayed answers live on, time.Now by default. It
// is for a test whose client has a clock of its own.
func WithClock(now func() time.Time) Option {
	return func(c *config) error {
		if now == nil {
			return errors.New("clock: is nil")
		}
		c.now = now
		return nil
	}
}

// WithSecrets names secrets beside those that the recorder knows by their names and from
// [Recorder.Credential]. They are masked wherever they stand; of fewer than 6 characters they
// cannot be.
func WithSecrets(secrets ...string) Option {
	return func(c *config) error {
		for _, s := range secrets {
			if s != "" && len(s) < shortestSecret {
				return fmt.Errorf("secrets: one has %d characters, must have %d", len(s),
					shortestSecret)
			}
		}
		c.secrets = append(c.secrets, secrets...)
		return nil
	}
}

// WithMaskedFields masks members of JSON, parameters and headers with these names, and does not
// compare them. Of an object or a list everything in it is masked. Texts get stand-ins, numbers
// become 0; true, false and null stay.
func WithMaskedFields(names ...string) Option {
	return func(c *config) error {
		for _, name := range names {
			if name == "" {
				return errors.New("masked fields: a name is empty")
			}
			c.masked[strings.ToLower(name)] = kindOf(name)
		}
		return nil
	}
}

// kindOf makes the middle of a stand-in of a name.
func kindOf(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(name)), "-")
}

// WithIgnoredFields does not compare members of JSON and parameters with these names, such as the
// begin of a time range that ends today. They are in the file as they were.
func WithIgnoredFields(names ...string) Option {
	return func(c *config) error {
		for _, name := range names {
			if name == "" {
				return errors.New("ignored fields: a name is empty")
			}
			c.ignored[strings.ToLower(name)] = true
		}
		return nil
	}
}

// WithHeaders keeps headers beside the few that a client reads. They are not compared.
func WithHeaders(names ...string) Option {
	return func(c *config) error {
		for _, name := range names {
			c.headers = append(c.headers, http.CanonicalHeaderKey(name))
		}
		return nil
	}
}

// WithRedaction has f change what is written: it gets each value of a query, header, form and JSON
// document, texts and numbers, with its name, and returns what the file shall hold. A request is
// redacted before it is compared, too, so that f must return the same for the same. Values that are
// masked do not reach it.
func WithRedaction(f func(name, value string) string) Option {
	return func(c *config) error {
		if f == nil {
			return errors.New("redaction: is nil")
		}
		c.redact = f
		return nil
	}
}

// WithAllUsed makes it a mistake if a test ends and has not used every exchange of its file.
func WithAllUsed() Option {
	return func(c *config) error {
		c.allUsed = true
		return nil
	}
}

// WithRepeats repeats the last answer to a request when it is sent more often than it was recorded,
// as a test that polls may.
func WithRepeats() Option {
	return func(c *config) error {
		c.repeat = true
		return nil
	}
}

// PersonalFields are names under which the platform sends data of buyers, recipients and creators,
// for WithMaskedFields. Look through a file before it is committed: texts that people write can
// hold anything.
func PersonalFields() []string {
	return []string{
		"recipient_address", "billing_address", "shipping_address", "return_warehouse_address",
		"address_detail", "full_address",
		"address_line1", "address_line2", "address_line3", "address_line4", "postal_code",
		"zipcode",
		"buyer_email", "buyer_message", "buyer_nickname", "buyer_username", "buyer_avatar",
		"user_id", "buyer_user_id",
		"name_local", "first_name", "last_name", "first_name_local_script",
		"last_name_local_script", "full_name", "contact_name",
		"phone", "phone_number", "contact_number", "email", "email_address", "cpf", "cpf_name",
		"id_number", "tax_id",
		"nickname", "username", "avatar", "avatar_url", "seller_name",
	}
}
