package profile

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/zalando/go-keyring"

	"github.com/tiktokshop-go/tiktokshop/token"
)

// AppSecret is the key under which an app's secret is kept.
func AppSecret(appKey string) string { return "app-secret/" + appKey }

// tokenKey is the key under which the key is kept that tokens are encrypted with.
const tokenKey = "token-key"

// ErrNoSecret: nothing is kept under the key.
var ErrNoSecret = errors.New("no such secret is kept")

// Secret returns what is kept under a key, or an error that is ErrNoSecret. A keyring that does not
// answer is another error: there is one place for secrets, and no second that could have an older
// one.
func (s *Store) Secret(ctx context.Context, key string) (token.Secret, error) {
	c, err := s.read()
	if err != nil {
		return token.Secret{}, err
	}
	var value string
	switch c.Secrets {
	case InKeyring:
		value, err = s.fromKeyring(ctx, key)
	case InFile:
		var kept map[string]string
		if kept, err = s.readFile(ctx); err == nil {
			value = kept[key]
		}
	}
	switch {
	case err != nil:
		return token.Secret{}, err
	case value == "":
		return token.Secret{}, fmt.Errorf("%w: %s", ErrNoSecret, key)
	}
	return token.NewSecret(value), nil
}

// SetSecret keeps a secret under a key.
func (s *Store) SetSecret(ctx context.Context, key string, value token.Secret) error {
	return s.changeSecrets(ctx, key, value.Reveal())
}

// RemoveSecret forgets what is kept under a key, if anything is.
func (s *Store) RemoveSecret(ctx context.Context, key string) error {
	return s.changeSecrets(ctx, key, "")
}

// changeSecrets keeps value under key, or forgets it if it is empty.
func (s *Store) changeSecrets(ctx context.Context, key, value string) error {
	return s.change(func(c *config) error {
		if c.Secrets == "" {
			if value == "" {
				return nil
			}
			place, err := s.choosePlace(ctx)
			if err != nil {
				return err
			}
			c.Secrets = place
		}
		switch c.Secrets {
		case InKeyring:
			return s.toKeyring(ctx, key, value)
		}
		return s.changeFile(ctx, key, value)
	})
}

// choosePlace decides where secrets go, for good.
func (s *Store) choosePlace(ctx context.Context) (string, error) {
	note := s.opts.Note
	if note == nil {
		note = func(string, ...any) {}
	}
	switch s.opts.Secrets {
	case InKeyring:
		return InKeyring, s.tryKeyring(ctx)
	case InFile:
		return InFile, nil
	case "":
	default:
		return "", fmt.Errorf("secrets can be kept in %q or %q, not in %q", InKeyring, InFile,
			s.opts.Secrets)
	}
	if err := s.tryKeyring(ctx); err != nil {
		note("There is no keyring to use (%v): secrets go into the encrypted file %s.", err,
			filepath.Join(s.dir, secretsFile))
		return InFile, nil
	}
	note("Secrets go into the system's keyring.")
	return InKeyring, nil
}

// keyringWait is how long a keyring may take, which may have to ask somebody for a password.
const keyringWait = 30 * time.Second

func (s *Store) service() string { return "tts " + s.dir }

// tryKeyring finds out whether a keyring keeps things.
func (s *Store) tryKeyring(ctx context.Context) error {
	const key, value = "probe", "kept"
	if err := s.toKeyring(ctx, key, value); err != nil {
		return err
	}
	kept, err := s.fromKeyring(ctx, key)
	if err == nil && kept != value {
		err = errors.New("it does not return what it was given")
	}
	return errors.Join(err, s.toKeyring(ctx, key, ""))
}

func (s *Store) fromKeyring(ctx context.Context, key string) (value string, err error) {
	err = inTime(ctx, func() error {
		value, err = keyring.Get(s.service(), key)
		return err
	})
	if errors.Is(err, keyring.ErrNotFound) {
		return "", nil
	}
	return value, err
}

func (s *Store) toKeyring(ctx context.Context, key, value string) error {
	err := inTime(ctx, func() error {
		if value == "" {
			return keyring.Delete(s.service(), key)
		}
		return keyring.Set(s.service(), key, value)
	})
	if value == "" && errors.Is(err, keyring.ErrNotFound) {
		return nil
	}
	return err
}

// inTime calls a keyring, which knows no context.
func inTime(ctx context.Context, call func() error) error {
	ctx, cancel := context.WithTimeout(ctx, keyringWait)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- call() }()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("keyring: %w", err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("keyring: no answer: %w", ctx.Err())
	}
}

const (
	secretsFile = "secrets.age"
	// workFactor makes a guess at the passphrase cost a quarter of a second and 64 MiB.
	workFactor = 16
)

// readFile decrypts the secrets of the file; there are none if it is not there.
func (s *Store) readFile(ctx context.Context) (map[string]string, error) {
	name := filepath.Join(s.dir, secretsFile)
	content, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return make(map[string]string), nil
	}
	if err != nil {
		return nil, err
	}
	passphrase, err := s.askPassphrase(ctx, false)
	if err != nil {
		return nil, err
	}
	identity, err := age.NewScryptIdentity(passphrase.Reveal())
	if err != nil {
		return nil, err
	}
	opened, err := age.Decrypt(bytes.NewReader(content), identity)
	if err != nil {
		s.passphrase = token.Secret{}
		var wrong *age.NoIdentityMatchError
		if errors.As(err, &wrong) {
			return nil, ErrWrongPassphrase
		}
		return nil, fmt.Errorf("%s: %w (%w)", name, ErrDamaged, err)
	}
	plain, err := io.ReadAll(opened)
	if err != nil {
		return nil, fmt.Errorf("%s: %w (%w)", name, ErrDamaged, err)
	}
	kept := make(map[string]string)
	if err := json.Unmarshal(plain, &kept); err != nil {
		return nil, fmt.Errorf("%s: %w", name, ErrDamaged) // the error would quote it
	}
	return kept, nil
}

var (
	// ErrWrongPassphrase: the encrypted file does not open.
	ErrWrongPassphrase = errors.New("the passphrase is not that of the encrypted file")
	// ErrNoPassphrase: what was asked for is empty.
	ErrNoPassphrase = errors.New("the passphrase is empty")
)

func (s *Store) changeFile(ctx context.Context, key, value string) error {
	kept, err := s.readFile(ctx)
	if err != nil {
		return err
	}
	passphrase, err := s.askPassphrase(ctx, true)
	if err != nil {
		return err
	}
	delete(kept, key)
	if value != "" {
		kept[key] = value
	}
	plain, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	recipient, err := age.NewScryptRecipient(passphrase.Reveal())
	if err != nil {
		return err
	}
	recipient.SetWorkFactor(workFactor)
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, recipient)
	if err != nil {
		return err
	}
	_, err = w.Write(plain)
	if err = errors.Join(err, w.Close()); err != nil {
		return err
	}
	return s.write(secretsFile, sealed.Bytes())
}

// askPassphrase asks once a run.
func (s *Store) askPassphrase(ctx context.Context, isNew bool) (token.Secret, error) {
	if !s.passphrase.IsZero() {
		return s.passphrase, nil
	}
	if s.opts.Passphrase == nil {
		return token.Secret{}, errors.New("the encrypted file needs a passphrase")
	}
	passphrase, err := s.opts.Passphrase(ctx, isNew)
	switch {
	case err != nil:
		return token.Secret{}, err
	case passphrase.IsZero():
		return token.Secret{}, ErrNoPassphrase
	}
	s.passphrase = passphrase
	return passphrase, nil
}

// Tokens is where the accounts' tokens are kept, for token.SourceOptions: files that several
// processes share, encrypted with a key that is kept as the secrets are.
func (s *Store) Tokens(ctx context.Context) (token.Store, error) {
	key, err := s.Secret(ctx, tokenKey)
	if errors.Is(err, ErrNoSecret) {
		var random [32]byte
		_, _ = rand.Read(random[:]) // never fails
		key = token.NewSecret(hex.EncodeToString(random[:]))
		err = s.SetSecret(ctx, tokenKey, key)
	}
	if err != nil {
		return nil, err
	}
	raw, err := hex.DecodeString(key.Reveal())
	if err != nil {
		// the error would quote it
		return nil, fmt.Errorf("the key of the token files %w", ErrDamaged)
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	files, err := token.NewFileStore(filepath.Join(s.dir, tokenFolder))
	if err != nil {
		return nil, err
	}
	return token.Encrypt(files, aead)
}
