package affiliateseller

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/bulk"
)

// CreateTargetCollaborationBulk invites any number of creators, by their open ids, to promote the
// products of req: one target collaboration for each 50 creators. Each creator's Value is the id of
// the collaboration. req is called for each of them, in several goroutines at once, and says all
// but the creators, such as a name of its own.
//
// The platform creates nothing if one creator or product of a call is not to its liking. Creators
// that its answer names are bulk.Failed, and the others are invited without them; where it names
// products alone, all creators of the call have failed. A call that got no answer may have invited
// its creators all the same, and is not repeated. See package bulk for what holds.
func (s *Service) CreateTargetCollaborationBulk(
	ctx context.Context, req func(creators []string) CreateTargetCollaborationRequest,
	creators iter.Seq[string], run bulk.Options, opts ...tiktokshop.Option,
) iter.Seq2[bulk.Result[string, tiktokshop.ID], error] {
	return bulk.Run(ctx, bulk.Operation[string, tiktokshop.ID]{
		Name: "affiliateseller.CreateTargetCollaborationBulk", Noun: "creators",
		Limit:      bulk.MaxItems[CreateTargetCollaborationRequest]("CreatorUserOpenIDs"),
		ItemFields: []string{"CreatorUserOpenIDs"},
		Key:        func(creator string) string { return creator },
		Share:      true,
		Call: func(ctx context.Context, creators []string) (*bulk.Answer[tiktokshop.ID], error) {
			return s.invite(ctx, req, creators, opts)
		},
	}, creators, run)
}

// invite creates a target collaboration with those of the creators that the platform takes.
func (s *Service) invite(
	ctx context.Context, req func([]string) CreateTargetCollaborationRequest, creators []string,
	opts []tiktokshop.Option,
) (*bulk.Answer[tiktokshop.ID], error) {
	outcomes := make(map[string]bulk.Outcome[tiktokshop.ID], len(creators))
	answer := &bulk.Answer[tiktokshop.ID]{Outcomes: make([]bulk.Outcome[tiktokshop.ID],
		len(creators))}
	for invited := slices.Clone(creators); len(invited) > 0; {
		r := req(slices.Clone(invited))
		r.CreatorUserOpenIDs = invited
		resp, err := s.CreateTargetCollaboration(ctx, &r, opts...)
		if err != nil {
			return nil, err
		}
		answer.RequestID = resp.RequestID
		id := resp.Data.TargetCollaboration.ID
		rest := refuse(outcomes, invited, resp.Data.Failures())
		for _, creator := range rest {
			switch err := resp.Data.Err(); {
			case id != "":
				outcomes[creator] = bulk.Outcome[tiktokshop.ID]{Status: bulk.Done, Value: id}
			case err != nil && len(rest) == len(invited): // its products
				outcomes[creator] = bulk.Outcome[tiktokshop.ID]{Status: bulk.Failed, Err: err}
			}
		}
		if id != "" || len(rest) == len(invited) {
			break
		}
		invited = rest
	}
	for i, creator := range creators {
		answer.Outcomes[i] = outcomes[creator]
	}
	return answer, nil
}

// refuse notes the creators that failures name, alone or with a product, and returns the others.
func refuse(
	outcomes map[string]bulk.Outcome[tiktokshop.ID], invited []string,
	failures iter.Seq[tiktokshop.ItemError],
) (rest []string) {
	named := make(map[string]bool)
	for failure := range failures {
		creator, _, _ := strings.Cut(failure.Item, "/")
		if slices.Contains(invited, creator) && !named[creator] {
			named[creator] = true
			outcomes[creator] = bulk.Outcome[tiktokshop.ID]{Status: bulk.Failed, Err: &failure}
		}
	}
	for _, creator := range invited {
		if !named[creator] {
			rest = append(rest, creator)
		}
	}
	return rest
}
