package token_test

import (
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"os"

	"github.com/tiktokshop-go/tiktokshop/token"
)

func ExampleEncrypt() {
	dir, err := os.MkdirTemp("", "tokens")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	files, err := token.NewFileStore(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	key := make([]byte, 32) // from a key management service
	block, err := aes.NewCipher(key)
	if err != nil {
		fmt.Println(err)
		return
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		fmt.Println(err)
		return
	}
	store, err := token.Encrypt(files, aead)
	fmt.Println(store, err)
	// Output: token.Encrypt <nil>
}

func ExampleToken_MarshalBinary() {
	pair := token.Token{OpenID: "open-1", AccessToken: token.NewSecret("access"),
		RefreshToken: token.NewSecret("refresh")}
	stored, err := pair.MarshalBinary() // holds the secrets in plain text
	if err != nil {
		fmt.Println(err)
		return
	}
	var back token.Token
	err = back.UnmarshalBinary(stored)
	fmt.Println(back.Equal(pair), err)
	fmt.Println(back)
	// Output:
	// true <nil>
	// token.Token{open id open-1, seller, access token [redacted] until an unknown time, refresh token [redacted] until an unknown time}
}
