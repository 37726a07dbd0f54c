package dbtest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tiktokshop-go/tiktokshop/webhook"
)

// What a receiver finds in its environment.
const (
	envAddress = "DBTEST_ADDRESS"
	envLog     = "DBTEST_LOG"
)

const (
	appKey    = "chaos-app"
	appSecret = "chaos-secret"
)

// Main is a receiver of webhooks if this process is one, and does not return then. receiver makes
// its handler; success writes down that an event was handled.
func Main(
	receiver func(d Database, verifier *webhook.Verifier, success func(
		*webhook.Event,
	) error) (http.Handler, error),
) {
	if os.Getenv(envAddress) == "" {
		return
	}
	err := serve(receiver)
	fmt.Fprintln(os.Stderr, "receiver:", err)
	os.Exit(1)
}

func serve(
	receiver func(Database, *webhook.Verifier, func(*webhook.Event) error) (http.Handler, error),
) error {
	d, err := FromAddress(os.Getenv(envAddress))
	if err != nil {
		return err
	}
	log, err := os.OpenFile(os.Getenv(envLog), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := log.WriteString("\n"); err != nil { // ends a line that was cut
		return err
	}
	verifier, err := webhook.NewVerifier(appKey, appSecret)
	if err != nil {
		return err
	}
	// the rest happens on purpose
	slog.SetDefault(slog.New(ofDeduper{slog.NewTextHandler(os.Stderr, nil)}))
	handler, err := receiver(d, verifier, func(e *webhook.Event) error {
		_, err := log.WriteString(e.NotificationID + lineEnd + "\n")
		return err
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	go func() { // nobody is left to kill it
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return http.Serve(l, handler)
}

// ofDeduper logs nothing but what a deduper failed to do.
type ofDeduper struct{ slog.Handler }

func (h ofDeduper) Handle(ctx context.Context, r slog.Record) error {
	if !strings.Contains(r.Message, "deduper") || r.Level < slog.LevelError {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// lineEnd stands at the end of a whole line: a kill may cut a write.
const lineEnd = " ."

// Successes returns how often each event was handled, by the log of receivers.
func Successes(t testing.TB, log string) map[string]int {
	t.Helper()
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	times := map[string]int{}
	for line := range strings.Lines(string(b)) {
		if id, whole := strings.CutSuffix(line, lineEnd+"\n"); whole {
			times[id]++
		}
	}
	return times
}

// Receiver is a process that receives webhooks.
type Receiver struct {
	URL   string
	cmd   *exec.Cmd
	stdin io.Closer
}

// StartReceiver starts one, which is this test's binary.
func StartReceiver(t testing.TB, d Database, log string) *Receiver {
	t.Helper()
	r := &Receiver{cmd: exec.Command(os.Args[0], "-test.run=^$")}
	r.cmd.Env = append(os.Environ(), envAddress+"="+d.Address(), envLog+"="+log)
	r.cmd.Stderr = os.Stderr
	stdin, err := r.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.stdin = stdin
	stdout, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		r.Kill()
		t.Fatalf("the receiver did not start: %v", err)
	}
	r.URL = strings.TrimSpace(line)
	return r
}

// Kill ends the process as kill -9 does.
func (r *Receiver) Kill() {
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
}

// Sender delivers events to receivers until each delivery is answered 200.
type Sender struct {
	Events int
	// URL is where the next delivery goes to.
	URL func() string

	deliveries []int
	done       atomic.Int64
	refused    atomic.Int64
}

// NewSender returns a Sender of events, some of them several times, out of order.
func NewSender(events int, url func() string) *Sender {
	s := &Sender{Events: events, URL: url}
	for i := range events {
		s.deliveries = append(s.deliveries, i)
		for rand.IntN(5) == 0 {
			s.deliveries = append(s.deliveries, i)
		}
	}
	for part := range slices.Chunk(s.deliveries, 200) {
		rand.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
	}
	return s
}

// Deliveries is how many there are, duplicates included.
func (s *Sender) Deliveries() int { return len(s.deliveries) }

// Done is how many were answered 200.
func (s *Sender) Done() int { return int(s.done.Load()) }

// Refused is how many were answered otherwise, or not at all.
func (s *Sender) Refused() int { return int(s.refused.Load()) }

// Run delivers all, from 16 goroutines.
func (s *Sender) Run(ctx context.Context) error {
	signer, err := webhook.NewSigner(appKey, appSecret)
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: 20 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
	defer client.CloseIdleConnections()
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, 16)
	for g := range errs {
		wg.Go(func() {
			for {
				n := int(next.Add(1)) - 1
				if n >= len(s.deliveries) {
					return
				}
				if errs[g] = s.deliver(ctx, client, signer, s.deliveries[n]); errs[g] != nil {
					return
				}
				s.done.Add(1)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (s *Sender) deliver(
	ctx context.Context, client *http.Client, signer *webhook.Signer, i int,
) error {
	body := fmt.Appendf(nil,
		`{"type":1,"tts_notification_id":"%d","shop_id":"%d","timestamp":1644412885,`+
			`"data":{"order_id":"%d","order_status":"UNPAID","is_on_hold_order":false,"update_time":1644412885}}`,
		i, 7494049642642441600+i%50, 576486316948490001+i)
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL(), bytes.NewReader(body))
		if err != nil {
			return err
		}
		r.Header.Set(webhook.SignatureHeader, signer.Sign(body))
		resp, err := client.Do(r)
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		s.refused.Add(1)
		select {
		case <-ctx.Done():
			return fmt.Errorf("event %d was not acknowledged: %w", i, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// FromEnvironment returns a number that a variable sets.
func FromEnvironment(t testing.TB, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
