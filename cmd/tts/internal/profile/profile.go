// Package profile keeps what tts knows between runs: profiles in a file that anybody may read, app
// secrets in the system's keyring or in an encrypted file, and tokens in files encrypted with a key
// that is kept as the secrets are.
package profile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/tiktokshop-go/tiktokshop/internal/dirfile"
	"github.com/tiktokshop-go/tiktokshop/token"
)

// Profile is an account that authorized an app, and what its calls are about. It holds no secret.
type Profile struct {
	// Name is what --profile takes.
	Name string `json:"-"`
	// AppKey is the app. Its secret is kept once for all profiles of it.
	AppKey string `json:"app_key"`
	// OpenID is the account, whose token Tokens has.
	OpenID string `json:"open_id,omitempty"`
	// Account is "seller", "partner" or "creator", and Holder the account's name.
	Account string `json:"account,omitempty"`
	Holder  string `json:"holder,omitempty"`
	// Market and ServiceID are what the authorization page was opened with.
	Market    string `json:"market,omitempty"`
	ServiceID string `json:"service_id,omitempty"`
	// The ciphers that calls are made with; "" if none was chosen.
	ShopCipher          string `json:"shop_cipher,omitempty"`
	CategoryAssetCipher string `json:"category_asset_cipher,omitempty"`
	// The hosts to call instead of the platform's, for a fake.
	BaseURL     string `json:"base_url,omitempty"`
	AuthBaseURL string `json:"auth_base_url,omitempty"`
}

// ErrNotFound: there is no such profile.
var ErrNotFound = errors.New("no such profile")

// ErrDamaged: the file of profiles, or one beside it, is not what tts wrote.
var ErrDamaged = errors.New("is damaged: it is not what tts wrote")

// Where secrets are.
const (
	InKeyring = "keyring"
	InFile    = "file"
)

// Options of Open.
type Options struct {
	// Secrets is where the first secret goes, InKeyring or InFile; "" takes the keyring if there is
	// one that works. All later ones go where the first one went.
	Secrets string
	// Passphrase is asked for that of the encrypted file; isNew tells that the file will be made
	// with it.
	Passphrase func(ctx context.Context, isNew bool) (token.Secret, error)
	// Note is told where secrets go, once, when the first is kept.
	Note func(format string, args ...any)
}

// Store keeps profiles in a folder. Several processes may use one.
type Store struct {
	dir  string
	opts Options

	passphrase token.Secret // once it was asked for
}

// Open returns the store in dir, which is made when something is kept.
func Open(dir string, opts Options) *Store { return &Store{dir: dir, opts: opts} }

// Dir is where the store is.
func (s *Store) Dir() string { return s.dir }

// config is the file with the profiles.
type config struct {
	// InKeyring or InFile, "" before the first
	Secrets  string              `json:"secrets,omitempty"`
	Current  string              `json:"current,omitempty"`
	Profiles map[string]*Profile `json:"profiles"`
}

// What is in the folder.
const (
	configFile  = "config.json"
	tokenFolder = "tokens"
	// AccountFolder is the folder of the index of accounts, which is the caller's.
	AccountFolder = "accounts"
)

func (s *Store) read() (*config, error) {
	name := filepath.Join(s.dir, configFile)
	content, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the profiles: %w", err)
	}
	c := new(config)
	// the error would speak of this program's types
	if err == nil && (json.Unmarshal(content, c) != nil || c.Profiles == nil) {
		return nil, fmt.Errorf("%s: %w", name, ErrDamaged)
	}
	if c.Profiles == nil {
		c.Profiles = make(map[string]*Profile)
	}
	for profile, p := range c.Profiles {
		if p == nil || p.AppKey == "" {
			return nil, fmt.Errorf("%s: profile %s: %w", name, profile, ErrDamaged)
		}
		p.Name = profile
	}
	if !slices.Contains([]string{"", InKeyring, InFile}, c.Secrets) {
		return nil, fmt.Errorf("%s: %w: secrets cannot be in %q", name, ErrDamaged, c.Secrets)
	}
	return c, nil
}

// change reads, changes and writes the file, while no other process does.
func (s *Store) change(change func(*config) error) error {
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	c, err := s.read()
	if err == nil {
		err = change(c)
	}
	if err != nil {
		return err
	}
	content, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return s.write(configFile, append(content, '\n'))
}

func (s *Store) lock() (unlock func(), err error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, err
	}
	return lockedfile.MutexAt(filepath.Join(s.dir, "lock")).Lock()
}

// write puts a whole file, of mode 0600, in the place of the old one.
func (s *Store) write(name string, content []byte) error {
	return dirfile.Replace(filepath.Join(s.dir, name), content)
}

// Names are those of all profiles, sorted.
func (s *Store) Names() ([]string, error) {
	c, err := s.read()
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(c.Profiles)), nil
}

// Get returns a profile, or an error that is ErrNotFound.
func (s *Store) Get(name string) (*Profile, error) {
	c, err := s.read()
	if err != nil {
		return nil, err
	}
	p, ok := c.Profiles[name]
	if !ok {
		return nil, fmt.Errorf("%w: %q", ErrNotFound, name)
	}
	return p, nil
}

// nameForm keeps names usable in a shell.
var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// CheckName says what is wrong with the name of a profile, nil if nothing is.
func CheckName(name string) error {
	if !nameForm.MatchString(name) {
		return errors.New(
			"must be letters, digits, dots, dashes and underscores, and begin with a letter or digit")
	}
	return nil
}

// Writable tells whether things can be kept in the folder and those in it.
func (s *Store) Writable() error {
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	for _, dir := range []string{s.dir, filepath.Join(s.dir, tokenFolder),
		filepath.Join(s.dir, AccountFolder)} {
		f, err := os.CreateTemp(dir, ".try*")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
			return err
		}
	}
	return nil
}

// Put keeps a profile, in place of one with its name. The first one becomes the current one.
func (s *Store) Put(p Profile) error {
	if err := CheckName(p.Name); err != nil {
		return fmt.Errorf("profile name: %w", err)
	}
	return s.change(func(c *config) error {
		c.Profiles[p.Name] = &p
		if c.Current == "" {
			c.Current = p.Name
		}
		return nil
	})
}

// Remove forgets a profile. Its app's secret goes with the app's last profile; its token is the
// caller's to forget.
func (s *Store) Remove(ctx context.Context, name string) error {
	var unused string // app key
	err := s.change(func(c *config) error {
		p, ok := c.Profiles[name]
		if !ok {
			return fmt.Errorf("%w: %q", ErrNotFound, name)
		}
		delete(c.Profiles, name)
		if c.Current == name {
			c.Current = ""
		}
		unused = p.AppKey
		for _, other := range c.Profiles {
			if other.AppKey == p.AppKey {
				unused = ""
			}
		}
		return nil
	})
	if err != nil || unused == "" {
		return err
	}
	return s.RemoveSecret(ctx, AppSecret(unused))
}

// Current is the name of the profile that is used where none is named, "" if there is none.
func (s *Store) Current() (string, error) {
	c, err := s.read()
	if err != nil {
		return "", err
	}
	return c.Current, nil
}

// SetCurrent makes a profile the one that is used where none is named.
func (s *Store) SetCurrent(name string) error {
	return s.change(func(c *config) error {
		if c.Profiles[name] == nil {
			return fmt.Errorf("%w: %q", ErrNotFound, name)
		}
		c.Current = name
		return nil
	})
}
