package tiktokshop

import "context"

// Call is Do with a request struct, which the generated packages have one of for each operation. Every field of
// the struct that req points to has one of the tags
//
//	path:"name"  a parameter of the operation's path
//	url:"name"   a parameter of the query; a list is joined with commas, an empty value is not sent, a nil pointer neither
//	json:"name"  a field of the JSON body, as encoding/json writes it
//	form:"name"  a part of a multipart/form-data body, which is sent instead: text, or a File
//
// and those of path and query the tag json:"-", or a name there if the body repeats them. What a tag such as check:"required,min=1,max=100,maxlen=50,maxitems=50"
// asks for is checked before anything is sent, also inside structs, lists and maps; an *InputError names the field, such as
// "SKUs[2].Price.Amount". A nil pointer stands for an empty request.
//
//   - required: not empty; not nil; not the zero time; not a File without content. A number or bool that is no pointer is then always sent.
//   - default: what is sent instead of an empty value, a zero or a nil pointer, which then counts as given, as in
//     check:"required,default=20". The request of the caller stays as it is.
//   - oneof: the texts or whole numbers that the platform takes, as in check:"oneof=12|20".
//   - min, max: the least and the largest number. A zero that is not sent is not checked.
//   - maxlen: the most characters of a string.
//   - maxitems: the most elements of a list.
//
// Parameters of the path must not be empty, and an ID must not have passed through a float64, with or without a tag.
func Call[T any](ctx context.Context, c *Client, op *Operation, req any, opts ...Option) (*Response[T], error) {
	var params Params
	if req != nil {
		params.bind = func(inv *invocation) error { return inv.bind(req) }
	}
	return Do[T](ctx, c, op, params, opts...)
}

// Ptr returns a pointer to a value, for the optional fields of requests.
func Ptr[T any](v T) *T { return &v }
