package cli

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
)

// linksProgress shows how far a run is: a bar on a terminal, a line now and then otherwise.
type linksProgress struct {
	app   *App
	total int
	last  affiliatepartner.LinkProgress

	bars   *mpb.Progress // nil for lines
	bar    *mpb.Bar
	failed atomic.Int64 // what the bar's decorator reads

	start, shown time.Time
	ended        bool
}

// lineEvery is how often a line is printed where nobody sees a bar.
const lineEvery = 10 * time.Second

func (a *App) newLinksProgress(total int) *linksProgress {
	p := &linksProgress{app: a, total: total, start: time.Now(), shown: time.Now()}
	if !a.ErrTerminal || a.JSON || total == 0 {
		return p
	}
	p.bars = mpb.New(mpb.WithOutput(a.Err), mpb.WithAutoRefresh(), mpb.WithWidth(30),
		mpb.WithRefreshRate(100*time.Millisecond))
	p.bar = p.bars.New(int64(total), mpb.BarStyle().Lbound("[").Filler("=").Tip(
		">").Padding(" ").Rbound("]"),
		mpb.PrependDecorators(
			decor.CountersNoUnit("%d/%d "),
			decor.NewPercentage("%d "),
		),
		mpb.AppendDecorators(
			decor.Any(func(s decor.Statistics) string {
				return fmt.Sprintf(" %.0f/s", float64(s.Current)/max(time.Since(p.start).Seconds(),
					0.1))
			}),
			decor.Any(func(decor.Statistics) string {
				return fmt.Sprintf(", %d failed, ", p.failed.Load())
			}),
			decor.OnComplete(decor.AverageETA(decor.ET_STYLE_GO), "done"),
			decor.OnComplete(decor.Name(" left"), ""),
		),
	)
	return p
}

func (p *linksProgress) update(now affiliatepartner.LinkProgress) {
	p.last = now
	if p.bar != nil {
		p.failed.Store(int64(now.Failed + now.Unaccounted + now.Errors))
		p.bar.SetCurrent(int64(now.Done() - now.NotTried))
		return
	}
	if at := time.Now(); at.Sub(p.shown) >= lineEvery {
		p.shown = at
		p.line()
	}
}

func (p *linksProgress) line() {
	if p.app.JSON {
		return
	}
	done := p.last.Done() - p.last.NotTried
	elapsed := time.Since(p.start)
	text := fmt.Sprintf("%d of %d: %d linked, %d failed, %d not answered", done, p.total,
		p.last.Linked, p.last.Failed, p.last.Unaccounted+p.last.Errors)
	if done > 0 && done < p.total && elapsed > 0 {
		left := time.Duration(float64(elapsed) / float64(done) * float64(p.total-done))
		text += fmt.Sprintf(", %.0f/s, %v left", float64(done)/elapsed.Seconds(),
			left.Round(time.Second))
	}
	p.app.Note("%s", text)
}

// end may be called again.
func (p *linksProgress) end() {
	if p.ended {
		return
	}
	p.ended = true
	if p.bar == nil {
		p.line()
		return
	}
	if !p.bar.Completed() {
		p.bar.Abort(false) // stays where it stopped
	}
	p.bars.Wait()
}
