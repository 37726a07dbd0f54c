package cli

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/accounts"
	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/output"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

func TestDoctorClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		skew  time.Duration
		state string
	}{
		{"right", 0, wellState},
		{"a little ahead", 20 * time.Second, wellState},
		{"ahead", 2 * time.Minute, warnState},
		{"too far ahead", 6 * time.Minute, failedState},
		{"too far behind", -6 * time.Minute, failedState},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := &doctorRun{a: new(App)}
			d.clock(now.Format(http.TimeFormat), now.Add(c.skew), now.Add(c.skew+time.Second))
			require.Len(t, d.findings, 1)
			assert.Equal(t, c.state, d.findings[0].State, d.findings[0].Found)
			assert.Equal(t, c.state == failedState, len(d.errs) == 1)
		})
	}
}

// certificate makes one for a name, good from one time to another, and the roots that know its
// issuer.
func certificate(t *testing.T, name string, from, to time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: to, DNSNames: []string{name},
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// TestDoctorConnections meets what a host's name and connection can be.
func TestDoctorConnections(t *testing.T) {
	t.Parallel()
	const host = "open-api.example"
	now := time.Now()
	good, roots := certificate(t, host, now.Add(-time.Hour), now.Add(90*24*time.Hour))
	expired, expiredRoots := certificate(t, host, now.Add(-48*time.Hour), now.Add(-24*time.Hour))
	other, otherRoots := certificate(t, "other.example", now.Add(-time.Hour), now.Add(time.Hour))
	found := func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil }
	for _, tt := range []struct {
		name   string
		shows  tls.Certificate
		trusts *x509.CertPool
		lookup func(context.Context, string) ([]string, error)
		proxy  bool // one that refuses
		state  string
		check  string
		found  string
		remedy string
	}{
		{name: "well", shows: good, trusts: roots, lookup: found, state: wellState,
			check: "connection",
			found: "certificate good until " +
				now.Add(90*24*time.Hour).UTC().Format(time.DateOnly)},
		{name: "no such name", shows: good, trusts: roots,
			lookup: func(context.Context, string) ([]string, error) {
				return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
			}, state: failedState, check: "name", found: "no such host", remedy: "resolver"},
		{name: "a certificate of somebody's own", shows: good, trusts: otherRoots, lookup: found,
			state: failedState, check: "connection", found: "unknown authority",
			remedy: "a certificate of its own"},
		{name: "an expired certificate", shows: expired, trusts: expiredRoots, lookup: found,
			state: failedState, check: "connection", found: "expired", remedy: "clock"},
		{name: "another's certificate", shows: other, trusts: otherRoots, lookup: found,
			state: failedState, check: "connection", found: "other.example", remedy: "DNS"},
		{name: "a proxy that refuses", shows: good, trusts: roots, lookup: found, proxy: true,
			state: failedState, check: "connection", found: "Forbidden", remedy: "HTTPS_PROXY"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewUnstartedServer(http.NotFoundHandler())
			srv.Config.ErrorLog = log.New(io.Discard, "", 0)
			srv.TLS = &tls.Config{Certificates: []tls.Certificate{tt.shows}}
			srv.StartTLS()
			t.Cleanup(srv.Close)
			transport := &http.Transport{
				TLSClientConfig: &tls.Config{RootCAs: tt.trusts},
				DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
					return new(net.Dialer).DialContext(ctx, network, srv.Listener.Addr().String())
				},
			}
			t.Cleanup(transport.CloseIdleConnections)
			if tt.proxy {
				proxy := httptest.NewServer(
					http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
						w.WriteHeader(http.StatusForbidden)
					}))
				t.Cleanup(proxy.Close)
				u, err := url.Parse(proxy.URL)
				require.NoError(t, err)
				transport.DialContext, transport.Proxy = nil, http.ProxyURL(u)
			}
			d := &doctorRun{a: &App{Now: time.Now}, lookup: tt.lookup, transport: transport}
			d.host(t.Context(), "API host", "https://"+host, false)
			require.NotEmpty(t, d.findings)
			last := d.findings[len(d.findings)-1]
			assert.Equal(t, "API host: "+tt.check, last.Check)
			assert.Equal(t, tt.state, last.State, last.Found)
			assert.Contains(t, last.Found, tt.found)
			assert.Contains(t, last.Remedy, tt.remedy)
			if tt.state == failedState {
				require.Len(t, d.errs, 1)
				assert.Equal(t, output.Outage, output.ExitCode(d.errs[0]))
			}
		})
	}
}

// TestDoctorAccount asks a fake that refuses.
func TestDoctorAccount(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		code   int
		status int
		check  string
		remedy string
		exit   int
	}{
		{"an address that is not allowed", 36009033, 403, "allow list",
			"allow list in Partner Center", output.Failure},
		{"a secret of another app", 106001, 401, "signature and token", "app secret",
			output.Failure},
		{"a token that has ended", 105002, 401, "signature and token", "tts auth refresh",
			output.Unauthorized},
		{"a scope that is missing", 105005, 403, "signature and token", "grant the scope",
			output.Unauthorized},
		{"a platform that fails", 36009003, 500, "signature and token", "later", output.Outage},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := tiktokshoptest.New()
			t.Cleanup(srv.Close)
			srv.FailNext(1000, tiktokshoptest.Fault{Status: tt.status, Code: tt.code,
				Message: "Refused."})
			d := &doctorRun{a: &App{Now: time.Now}}
			d.account(t.Context(), srv.Client(tiktokshop.WithoutRetry()))
			require.Len(t, d.findings, 1)
			assert.Equal(t, tt.check, d.findings[0].Check)
			assert.Equal(t, failedState, d.findings[0].State)
			assert.Contains(t, d.findings[0].Remedy, tt.remedy)
			require.Len(t, d.errs, 1)
			assert.Equal(t, tt.exit, output.ExitCode(d.errs[0]))
		})
	}
}

// TestDoctorHealth judges what is known of an account.
func TestDoctorHealth(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name   string
		health accounts.Health
		state  string
		found  string
		exit   int
	}{
		{"well", accounts.Health{AuthorizationExpiresAt: now.AddDate(1, 0, 0)}, wellState,
			"good until 2027-05-01", 0},
		{"ends soon", accounts.Health{AuthorizationExpiresAt: now.AddDate(0, 0, 13)}, warnState,
			"ends on 2026-05-14", 0},
		{"nobody said", accounts.Health{}, unknownState, "did not say", 0},
		{"withdrawn",
			accounts.Health{Problems: []accounts.Problem{{Kind: accounts.ProblemUnauthorized,
				Reason: "withdrawn"}}},
			failedState, "withdrawn", output.Unauthorized},
		{"cannot be refreshed",
			accounts.Health{Problems: []accounts.Problem{{Kind: accounts.ProblemRefreshFailing,
				Reason: "503"}}},
			warnState, "503", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := &App{}
			a.Now = func() time.Time { return now }
			d := &doctorRun{a: a}
			tt.health.Account.Scopes = []string{"seller.order.info", "seller.product.basic"}
			d.health("authorization", &tt.health)
			require.Len(t, d.findings, 2)
			assert.Equal(t, tt.state, d.findings[0].State)
			assert.Contains(t, d.findings[0].Found, tt.found)
			assert.Equal(t, tt.state != wellState && tt.state != unknownState,
				d.findings[0].Remedy != "")
			assert.Equal(t, finding{"scopes", wellState,
				"2 granted: seller.order.info, seller.product.basic", ""}, d.findings[1])
			assert.Equal(t, tt.exit, output.ExitCode(errors.Join(d.errs...)))
		})
	}
}
