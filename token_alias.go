package tiktokshop

import "github.com/tiktokshop-go/tiktokshop/token"

// The names that moved to package token, for the code that still has the old ones.
type (
	Secret                = token.Secret
	Token                 = token.Token
	TokenKey              = token.Key
	UserType              = token.UserType
	TokenSource           = token.Source
	TokenRenewer          = token.Renewer
	TokenStore            = token.Store
	TokenSourceOptions    = token.SourceOptions
	RefreshingTokenSource = token.RefreshingSource
	MemoryTokenStore      = token.MemoryStore
	FileTokenStore        = token.FileStore
	UnsavedTokenError     = token.UnsavedError
)

// Kinds of account, by their old names.
const (
	UserTypeSeller          = token.UserTypeSeller
	UserTypeCreator         = token.UserTypeCreator
	UserTypePartnerAccount  = token.UserTypePartnerAccount
	UserTypePartner         = token.UserTypePartner
	UserTypeGlobalSeller    = token.UserTypeGlobalSeller
	UserTypeGlobalSellerNew = token.UserTypeGlobalSellerNew
)

// Errors and functions by their old names.
var (
	ErrTokenConflict = token.ErrConflict
	ErrNoToken       = token.ErrNone

	NewSecret           = token.NewSecret
	NewMemoryTokenStore = token.NewMemoryStore
	NewFileTokenStore   = token.NewFileStore
	EncryptTokens       = token.Encrypt
)
