package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/output"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/profile"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/samples"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
	"github.com/tiktokshop-go/tiktokshop/token"
	"github.com/tiktokshop-go/tiktokshop/webhook"
	"github.com/tiktokshop-go/tiktokshop/webhook/inbox"
)

// webhookAddr is where `tts webhook listen` listens and `trigger` sends to, unless they are told
// otherwise.
const webhookAddr = "127.0.0.1:8086"

func (a *App) webhookCommand() *cobra.Command {
	return group("webhook", "Receive, send, repeat and check events",
		a.webhookListenCommand(), a.webhookTriggerCommand(), a.webhookReplayCommand(),
		a.webhookVerifyCommand())
}

// appSecrets are the key and secret of the app whose events are signed: of the fake, the profile or
// the environment.
func (a *App) appSecrets(ctx context.Context) (key string, secret token.Secret, err error) {
	if a.fake {
		return tiktokshoptest.AppKey, a.secret(tiktokshoptest.AppSecret), nil
	}
	p, err := a.Profile()
	if err != nil {
		return "", token.Secret{}, err
	}
	if p == nil {
		secret = a.secret(a.Getenv("TIKTOK_APP_SECRET"))
		if secret.IsZero() {
			return "", token.Secret{}, usagef("TIKTOK_APP_SECRET is not set")
		}
		return a.Getenv("TIKTOK_APP_KEY"), secret, nil
	}
	store, err := a.Profiles()
	if err != nil {
		return "", token.Secret{}, err
	}
	secret, err = store.Secret(ctx, profile.AppSecret(p.AppKey))
	if err == nil {
		a.Hide(secret.Reveal())
	}
	return p.AppKey, secret, err
}

func (a *App) webhookSigner(ctx context.Context) (*webhook.Signer, error) {
	key, secret, err := a.appSecrets(ctx)
	if err != nil {
		return nil, err
	}
	return webhook.NewSigner(key, secret.Reveal())
}

// openDatabase opens a file of SQLite, which several processes may use.
func (a *App) openDatabase(name string) (*sql.DB, error) {
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(name)}).EscapedPath()}
	dsn.RawQuery = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
	// Events and orders have buyers' data: the file is its owner's only.
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, &output.UsageError{Err: err}
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", dsn.String())
	if err == nil {
		a.atEnd(func(context.Context) error { return db.Close() })
	}
	return db, err
}

// openInbox opens the store of events.
func (a *App) openInbox(
	ctx context.Context, name string, opts ...inbox.Option,
) (*inbox.Inbox, error) {
	if name == "" {
		dir, err := a.Dir()
		if err != nil {
			return nil, err
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		name = filepath.Join(dir, "webhooks.db")
	}
	db, err := a.openDatabase(name)
	if err != nil {
		return nil, err
	}
	box, err := inbox.New(db, inbox.SQLite, append([]inbox.Option{
		inbox.WithLogger(slog.New(slog.DiscardHandler)), inbox.WithClock(a.Now),
	}, opts...)...)
	if err != nil {
		return nil, err
	}
	if err := box.CreateTable(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return box, nil
}

// shownEvent is an event in the output.
type shownEvent struct {
	Topic          int            `json:"topic"`
	Name           string         `json:"name"`
	NotificationID string         `json:"notification_id,omitzero"`
	Owner          string         `json:"owner,omitzero"`
	Time           time.Time      `json:"time,omitzero"`
	Event          *webhook.Event `json:"event"`
	ForwardedTo    string         `json:"forwarded_to,omitzero"`
}

func (a *App) showEvent(e *webhook.Event, to string) error {
	s := shownEvent{
		Topic: int(e.Topic), Name: e.Topic.String(), NotificationID: e.NotificationID,
		Owner: e.Owner.String(), Time: e.Time,
		Event: e, ForwardedTo: to,
	}
	return a.Show(s, func() error {
		a.Println("%s %s, %s: %s", a.Bold(printable(s.Name)), printable(s.NotificationID),
			printable(s.Owner), printable(string(e.Data)))
		return nil
	})
}

// listenOptions are the flags of `tts webhook listen`.
type listenOptions struct {
	addr, path, store, forward string
	count                      int
}

func (a *App) webhookListenCommand() *cobra.Command {
	var o listenOptions
	c := &cobra.Command{
		Use:   "listen",
		Short: "Receive events: verify, keep, print and forward them",
		Long: `Receive the platform's events: each is verified, kept in a file, printed, and forwarded to --forward-to as it came, with
its signature. What cannot be forwarded is tried again until it can, after a restart, too. A delivery that was received
before is answered and dropped. Put a tunnel or a proxy with TLS before it, as the platform calls https addresses.`,
		Example: `  tts webhook listen --forward-to http://127.0.0.1:3000/events
  tts --fake webhook listen --json
  tts webhook listen --addr :8086 --path /tiktok --store events.db --count 10`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.webhookListen(cmd.Context(), &o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.addr, "addr", webhookAddr, "where to listen: host and port")
	f.StringVar(&o.path, "path", "/", "the path of the webhook address")
	f.StringVar(&o.store, "store", "",
		"the file of events (default: webhooks.db in the folder of profiles)")
	f.StringVar(&o.forward, "forward-to", "", "a URL that events are forwarded to")
	f.IntVar(&o.count, "count", 0, "end after so many events; 0 goes on")
	return c
}

func (a *App) webhookListen(ctx context.Context, o *listenOptions) error {
	if o.forward != "" {
		if err := checkTarget("--forward-to", o.forward); err != nil {
			return err
		}
	}
	if o.path == "" || o.path[0] != '/' {
		return usagef("--path: must begin with /")
	}
	key, secret, err := a.appSecrets(ctx)
	if err != nil {
		return err
	}
	verifier, err := webhook.NewVerifier(key, secret.Reveal())
	if err != nil {
		return err
	}
	signer, err := webhook.NewSigner(key, secret.Reveal())
	if err != nil {
		return err
	}
	box, err := a.openInbox(ctx, o.store, inbox.WithConcurrency(1),
		inbox.WithBackoff(time.Second, time.Minute),
		inbox.WithMaxAttempts(100), inbox.WithPollInterval(200*time.Millisecond),
		inbox.WithSecrets(secret.Reveal()))
	if err != nil {
		return err
	}
	receiver, err := webhook.NewDurableHandler(verifier, box,
		webhook.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		return err
	}
	handler := http.NewServeMux()
	handler.HandleFunc(o.path, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != o.path {
			http.NotFound(w, r)
			return
		}
		seen := &answerWatcher{ResponseWriter: w}
		receiver.ServeHTTP(seen, r)
		if seen.status == http.StatusUnauthorized {
			a.Note("A delivery was refused: its signature is not that of this app. `tts webhook verify` tells what is different.")
		} else if seen.status >= http.StatusBadRequest {
			a.Note("A delivery was answered HTTP %d.", seen.status)
		}
	})
	served, err := a.listen(o.addr, handler)
	if err != nil {
		return err
	}
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	var mu sync.Mutex
	handled := 0
	err = box.Start(func(ctx context.Context, e *webhook.Event) error {
		mu.Lock()
		defer mu.Unlock()
		if o.count > 0 && handled >= o.count {
			return errEnough
		}
		if o.forward != "" {
			if err := deliver(ctx, o.forward, e.Raw, signer.Sign(e.Raw)); err != nil {
				a.Note("%s %s is not forwarded yet: %v", e.Topic, e.NotificationID, err)
				return err
			}
		}
		if err := a.showEvent(e, o.forward); err != nil {
			return err
		}
		if handled++; handled == o.count {
			enough()
		}
		return nil
	})
	if err == nil {
		a.Note("Events are received at %s%s. Ctrl-C ends it.", served.url, o.path)
		err = served.wait(ctx)
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	return errors.Join(err, box.Close(closing))
}

// errEnough leaves an event for the next run.
var errEnough = errors.New("enough events were received")

// checkTarget says whether a URL can be sent to.
func checkTarget(flag, target string) error {
	u, err := url.Parse(target)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return usagef("%s: must be an http or https URL", flag)
	}
	return nil
}

// deliver posts an event as the platform does.
func deliver(ctx context.Context, to string, body []byte, signature string) error {
	ctx, cancel := context.WithTimeout(ctx, webhook.PlatformTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(webhook.SignatureHeader, signature)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16))
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK { // the platform takes nothing else
		return fmt.Errorf("it answered HTTP %d", res.StatusCode)
	}
	return nil
}

// triggerOptions are the flags of `tts webhook trigger`.
type triggerOptions struct {
	to, shop  string
	all, list bool
}

func (a *App) webhookTriggerCommand() *cobra.Command {
	var o triggerOptions
	c := &cobra.Command{
		Use:   "trigger TOPIC...",
		Short: "Send signed sample events",
		Long: `Send sample events, signed as the platform signs them, to a receiver. Topics go by number or by name. Each event has an id
and a time of its own.`,
		Example: `  tts --fake webhook trigger order-status-change
  tts webhook trigger --all --to http://127.0.0.1:3000/events
  tts webhook trigger --list`,
		ValidArgsFunction: func(
			*cobra.Command, []string, string,
		) ([]cobra.Completion, cobra.ShellCompDirective) {
			var names []cobra.Completion
			for _, s := range samples.All() {
				names = append(names, samples.Name(s.Topic))
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.webhookTrigger(cmd.Context(), &o, args)
		},
	}
	f := c.Flags()
	f.StringVar(&o.to, "to", "http://"+webhookAddr+"/", "the receiver's URL")
	f.StringVar(&o.shop, "shop", "", "the id of the shop that events of a shop are about")
	f.BoolVar(&o.all, "all", false, "one event of every topic")
	f.BoolVar(&o.list, "list", false, "list the topics and send nothing")
	return c
}

func (a *App) webhookTrigger(ctx context.Context, o *triggerOptions, topics []string) error {
	if o.list {
		type topic struct {
			Number int    `json:"number"`
			Name   string `json:"name"`
		}
		all := []topic{}
		rows := [][]string{}
		for _, s := range samples.All() {
			all = append(all, topic{int(s.Topic), samples.Name(s.Topic)})
			rows = append(rows, []string{fmt.Sprint(int(s.Topic)), samples.Name(s.Topic)})
		}
		return a.Show(all, func() error { return a.Table([]string{"NUMBER", "TOPIC"}, rows) })
	}
	if (len(topics) == 0) != o.all {
		return usagef("name topics, or give --all")
	}
	if err := checkTarget("--to", o.to); err != nil {
		return err
	}
	var chosen []samples.Sample
	if o.all {
		chosen = samples.All()
	}
	var errs []error
	for _, name := range topics {
		s, err := samples.Find(name)
		if err != nil {
			errs = append(errs, &output.UsageError{Err: err})
		}
		chosen = append(chosen, s)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	signer, err := a.webhookSigner(ctx)
	if err != nil {
		return err
	}
	out := a.newSending(o.to, signer)
	for _, s := range chosen {
		n, err := rand.Int(rand.Reader, big.NewInt(1e18))
		if err != nil {
			return err
		}
		body, err := s.Fresh(fmt.Sprintf("7%018d", n), a.Now().Unix(), o.shop)
		if err != nil {
			return err
		}
		if err := out.send(ctx, body); err != nil {
			return err
		}
	}
	return out.end()
}

// sending sends events to a receiver and tells of each.
type sending struct {
	a            *App
	to           string
	signer       *webhook.Signer
	sent, failed int
	last         error
}

func (a *App) newSending(to string, signer *webhook.Signer) *sending {
	return &sending{a: a, to: to, signer: signer}
}

func (s *sending) send(ctx context.Context, body []byte) error {
	e, err := webhook.Parse(body)
	if err != nil {
		return err
	}
	if err := deliver(ctx, s.to, body, s.signer.Sign(body)); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.failed, s.last = s.failed+1, err
		s.a.Note("%s %s was not taken: %v", e.Topic, e.NotificationID, err)
		return nil
	}
	s.sent++
	shown := struct {
		Topic          int    `json:"topic"`
		Name           string `json:"name"`
		NotificationID string `json:"notification_id,omitzero"`
		To             string `json:"to"`
	}{int(e.Topic), e.Topic.String(), e.NotificationID, s.to}
	return s.a.Show(shown, func() error {
		s.a.Println("sent %s %s", shown.Name, shown.NotificationID)
		return nil
	})
}

// end is the error of what was not taken.
func (s *sending) end() error {
	if s.failed == 0 {
		return nil
	}
	code := output.Partial
	if s.sent == 0 {
		code = output.Outage
	}
	return &output.CodeError{
		Code: code, Err: fmt.Errorf("%d of %d events were not taken: %w", s.failed, s.failed+s.sent,
			s.last),
		Hint: "a receiver must answer 200 within 3 seconds",
	}
}

func (a *App) webhookReplayCommand() *cobra.Command {
	var store, to, key, since string
	c := &cobra.Command{
		Use:   "replay",
		Short: "Send events from the store again",
		Long: `Send events that ` + "`tts webhook listen`" + ` keeps to a receiver again, as they came, signed anew with the app's present secret. All are sent
unless --id or --since chooses. The store stays as it is.`,
		Example: `  tts webhook replay --to http://127.0.0.1:3000/events --since 2h
  tts webhook replay --to http://127.0.0.1:3000/events --id 7327112393057371910`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if err := required(cmd, "to"); err != nil {
				return err
			}
			if err := checkTarget("--to", to); err != nil {
				return err
			}
			var filter inbox.Filter
			if since != "" {
				ago, err := parseAge(since)
				if err != nil {
					return usagef("--since: %w", err)
				}
				filter.From = a.Now().Add(-ago)
			}
			if store != "" {
				if _, err := os.Stat(store); err != nil {
					return &output.UsageError{Err: err}
				}
			}
			signer, err := a.webhookSigner(ctx)
			if err != nil {
				return err
			}
			box, err := a.openInbox(ctx, store)
			if err != nil {
				return err
			}
			out := a.newSending(to, signer)
			for e, err := range box.Entries(ctx, filter) {
				if err != nil {
					return err
				}
				event, err := webhook.Parse(e.Body)
				if err != nil || key != "" && event.NotificationID != key {
					continue
				}
				if err := out.send(ctx, e.Body); err != nil {
					return err
				}
			}
			if key != "" && out.sent+out.failed == 0 {
				return usagef("--id: the store has no event %q", key)
			}
			if out.sent+out.failed == 0 {
				a.Note("The store has no such events.")
			}
			return out.end()
		},
	}
	f := c.Flags()
	f.StringVar(&store, "store", "",
		"the file of events (default: webhooks.db in the folder of profiles)")
	f.StringVar(&to, "to", "", "the receiver's URL")
	f.StringVar(&key, "id", "", "only the event with this notification id")
	f.StringVar(&since, "since", "", "only events received in the time until now, such as 2h or 3d")
	return c
}
