// Package recorder records a program's exchanges with TikTok Shop in files and replays them in its
// tests, without credentials and without a network.
//
//	func TestShops(t *testing.T) {
//		rec := recorder.New(t, "shops")
//		client, err := tiktokshop.NewClient(rec.Credential("TTS_APP_KEY"), rec.Credential("TTS_APP_SECRET"),
//			tiktokshop.WithAccessToken(rec.Credential("TTS_ACCESS_TOKEN")), rec.Option())
//		...
//	}
//
// Run once with TIKTOKSHOP_RECORDER=record and the credentials, the test writes
// testdata/recordings/shops.yaml. From then on it reads that file.
//
// # What a file holds
//
// App secret, tokens, codes, ciphers, app key, signature, timestamp and idempotency keys never
// reach the disk: they are masked in URLs, headers and bodies of requests and answers, by the names
// they have and wherever else they stand, escaped or in base64 or hexadecimal. Of headers only
// those that a client reads are kept. A masked value has the same stand-in throughout a file, such
// as masked-cipher-2, so that a cipher of one answer is that of the next request.
//
// Buyers' data are not masked by themselves, as a test may need them: see [WithMaskedFields],
// [PersonalFields] and [WithRedaction].
//
// The file is a cassette of go-vcr, version 2, with JSON indented, so that changes can be read. Of
// an upload it holds the length and the hash.
//
// # Which exchange answers a request
//
// The first one with the same method, path, query and body that has not answered one yet, so that
// the answers to a request that is repeated come in order. Values that are masked are not compared,
// nor is the order of the query or of JSON members; uploads are compared by their parts. Among
// exchanges that differ in masked values alone the one with just the stand-ins that were sent comes
// first. A request that has no exchange is a [*NotRecordedError], which names the closest one and
// what differs.
//
// A failure without an answer, such as a broken connection, is not recorded; tiktokshoptest plays
// those.
//
// Tokens live as long after a replay as they did after the recording. Other times, such as Date
// headers, stay as recorded.
package recorder
