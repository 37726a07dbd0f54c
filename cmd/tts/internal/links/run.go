package links

import (
	"context"
	"errors"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
)

// Run is one run over an input.
type Run struct {
	Service     *affiliatepartner.Service
	Campaign    tiktokshop.ID
	Input       *Input
	Output      *Output
	Concurrency int
	// Diagnose is how many of the failed products are looked into, a call each.
	Diagnose int
	// OnProgress is told of each batch.
	OnProgress func(affiliatepartner.LinkProgress)
	// OnDiagnosis is told how many products are about to be looked into.
	OnDiagnosis func(n int)
	Now         func() time.Time
}

// Summary is what came of a run. Its JSON is what `tts links --json` prints.
type Summary struct {
	Campaign string `json:"campaign_id"`
	Out      string `json:"out"`
	// Linked and Failed are of this run; Before had an answer from an earlier one.
	Linked int `json:"linked"`
	Failed int `json:"failed"`
	Before int `json:"answered_before"`
	// NotAnswered were asked for in vain, NotAsked not at all. The next run asks for both.
	NotAnswered int `json:"not_answered"`
	NotAsked    int `json:"not_asked"`
	// Linkless were refused in this run or an earlier one.
	Linkless int `json:"without_link"`
	Calls    int `json:"calls"`
	// Reasons count why products got no link, those of earlier runs included.
	Reasons []Reason `json:"reasons"`
	// Stopped says why the run ended early, "" if it did not.
	Stopped string  `json:"stopped,omitzero"`
	Seconds float64 `json:"seconds"`
}

// Reason is why some products have no link.
type Reason struct {
	Status string `json:"status"`
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}

// Do makes the links. The summary is right with an error, too, which says why the run ended early.
func (r *Run) Do(ctx context.Context, counts Counts) (Summary, error) {
	start := r.Now()
	s := Summary{Campaign: string(r.Campaign), Out: r.Output.name, Before: counts.Answered}
	why := make(map[Reason]int)
	asked := 0
	var stopped error
	for result, err := range r.Service.GenerateLinks(ctx, &affiliatepartner.GenerateLinksRequest{
		CampaignID: r.Campaign, ProductIDs: r.Input.IDs(r.Output.Has), Concurrency: r.Concurrency,
		OnProgress: func(p affiliatepartner.LinkProgress) {
			s.Calls = p.Calls
			if r.OnProgress != nil {
				r.OnProgress(p)
			}
		},
	}) {
		if err != nil {
			stopped = err
			break
		}
		switch result.Status {
		case affiliatepartner.LinkMade, affiliatepartner.LinkFailed:
			asked++
			if err := r.Output.Write(result); err != nil {
				return s, err
			}
			if result.Status == affiliatepartner.LinkMade {
				s.Linked++
			} else {
				s.Failed++
			}
		case affiliatepartner.LinkNotTried:
		default:
			asked++
			s.NotAnswered++
			reason := "the platform's answer does not mention it"
			if result.Err != nil {
				reason = shortReason(result.Err)
			}
			why[Reason{Status: string(result.Status), Reason: reason}]++
		}
	}
	s.NotAsked = counts.Asked - asked
	if stopped == nil {
		stopped = r.Input.Err()
	}
	if stopped == nil && ctx.Err() == nil {
		if err := r.diagnose(ctx); err != nil {
			why[Reason{Status: "failed", Reason: "looking into failed products stopped: " + shortReason(err)}]++
		}
	}
	if stopped != nil {
		s.Stopped = shortReason(stopped)
	}
	for id, status := range r.Output.have {
		if status == affiliatepartner.LinkFailed {
			s.Linkless++
			reason := r.Output.reasons[id]
			if reason == "" {
				reason = "not looked into: tts links --diagnose"
			}
			why[Reason{Status: "failed", Reason: reason}]++
		}
	}
	s.Reasons = sorted(why)
	s.Seconds = r.Now().Sub(start).Seconds()
	return s, stopped
}

// diagnose finds out why products failed, as the operation itself does not say.
func (r *Run) diagnose(ctx context.Context) error {
	ids := r.Output.Unexplained(r.Diagnose)
	if len(ids) == 0 {
		return nil
	}
	if r.OnDiagnosis != nil {
		r.OnDiagnosis(len(ids))
	}
	found, err := r.Service.DiagnoseLinks(ctx,
		&affiliatepartner.DiagnoseLinksRequest{CampaignID: r.Campaign, ProductIDs: ids})
	reasons := make(map[tiktokshop.ID]string, len(found))
	for _, d := range found {
		reason := string(d.Reason)
		if d.Reason == affiliatepartner.LinkProductNotApproved && d.Product != nil {
			reason += " (" + string(d.Product.ReviewStatus) + ")"
		}
		reasons[d.ProductID] = reason
	}
	return errors.Join(err, r.Output.Explain(reasons))
}
