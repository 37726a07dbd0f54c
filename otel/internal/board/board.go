// Package board reads a Grafana dashboard, asks Prometheus for what its panels show, and draws
// that.
package board

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Panel is a panel of a dashboard.
type Panel struct {
	Title       string
	FieldConfig struct{ Defaults struct{ Unit string } }
	Targets     []struct{ Expr, LegendFormat string }
}

// Read reads the panels of a dashboard.
func Read(dashboard []byte) ([]Panel, error) {
	var d struct{ Panels []Panel }
	err := json.Unmarshal(dashboard, &d)
	return d.Panels, err
}

// Series is a line of a panel.
type Series struct {
	Name   string
	Points [][2]float64 // Unix seconds and value
}

var label = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)

// Query asks a Prometheus server for a panel over the time up to now; interval stands for
// $__rate_interval.
func (p *Panel) Query(
	ctx context.Context, server string, over, step time.Duration, interval string,
) ([]Series, error) {
	var all []Series
	for _, target := range p.Targets {
		now := time.Now()
		query := url.Values{
			"query": {strings.ReplaceAll(target.Expr, "$__rate_interval", interval)},
			"start": {strconv.FormatFloat(float64(now.Add(-over).UnixMilli())/1000, 'f', 3, 64)},
			"end":   {strconv.FormatFloat(float64(now.UnixMilli())/1000, 'f', 3, 64)},
			"step":  {strconv.FormatFloat(step.Seconds(), 'f', 3, 64)},
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet,
			server+"/api/v1/query_range?"+query.Encode(), nil)
		if err != nil {
			return nil, err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return nil, err
		}
		var answer struct {
			Error string
			Data  struct {
				Result []struct {
					Metric map[string]string
					Values [][2]any
				}
			}
		}
		err = json.NewDecoder(res.Body).Decode(&answer)
		_ = res.Body.Close()
		if err != nil {
			return nil, err
		}
		if answer.Error != "" {
			return nil, fmt.Errorf("%s: %s", p.Title, answer.Error)
		}
		for _, r := range answer.Data.Result {
			s := Series{Name: label.ReplaceAllStringFunc(target.LegendFormat,
				func(l string) string {
					return r.Metric[label.FindStringSubmatch(l)[1]]
				})}
			for _, v := range r.Values {
				at, _ := v[0].(float64)
				text, _ := v[1].(string)
				value, err := strconv.ParseFloat(text, 64)
				if err == nil && !math.IsNaN(value) && !math.IsInf(value, 0) {
					s.Points = append(s.Points, [2]float64{at, value})
				}
			}
			if len(s.Points) > 0 {
				all = append(all, s)
			}
		}
	}
	return all, nil
}

const (
	width, height = 560, 250
	left, right   = 56, 16
	top, bottom   = 34, 58
)

var colours = []string{"#2a78d6", "#eb6834", "#1baf7a", "#8b5cf6", "#d4a017", "#e34948", "#008300",
	"#7a7a7a"}

// SVG draws panels, two in a row.
func SVG(panels []Panel, series [][]Series) string {
	var b strings.Builder
	rows := (len(panels) + 1) / 2
	fmt.Fprintf(&b,
		`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">`+"\n", 2*width, rows*height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", 2*width, rows*height)
	for i := range panels {
		fmt.Fprintf(&b, `<g transform="translate(%d %d)">`+"\n", i%2*width, i/2*height)
		draw(&b, &panels[i], series[i])
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func draw(b *strings.Builder, p *Panel, series []Series) {
	fmt.Fprintf(b, `<text x="%d" y="20" font-size="13" font-weight="bold" fill="#222">%s</text>`+
		"\n", left, html.EscapeString(p.Title))
	first, last, most := math.Inf(1), math.Inf(-1), 0.0
	for _, s := range series {
		for _, point := range s.Points {
			first, last, most = min(first, point[0]), max(last, point[0]), max(most, point[1])
		}
	}
	most = nice(most)
	x := func(at float64) float64 {
		return left + (width-left-right)*(at-first)/max(last-first, 1e-9)
	}
	y := func(v float64) float64 { return float64(height-bottom) - (height-top-bottom)*v/most }
	for i := range 5 {
		v := most * float64(i) / 4
		fmt.Fprintf(b,
			`<path d="M%d %.1fH%d" stroke="#e4e4e4"/><text x="%d" y="%.1f" text-anchor="end" fill="#666">%s</text>`+"\n",
			left, y(v), width-right, left-6, y(v)+4, text(v, p.FieldConfig.Defaults.Unit))
	}
	slices.SortFunc(series, func(a, b Series) int { return strings.Compare(a.Name, b.Name) })
	at, line := left, height-bottom+24
	for i, s := range series {
		colour := colours[i%len(colours)]
		points := make([]string, len(s.Points))
		for j, point := range s.Points {
			points[j] = fmt.Sprintf("%.1f,%.1f", x(point[0]), y(point[1]))
		}
		fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="1.5"/>`+"\n",
			strings.Join(points, " "), colour)
		name := s.Name
		if name == "" {
			name = "ok"
		}
		wide := 26 + 6*len(name)
		if at > left && at+wide > width {
			at, line = left, line+14
		}
		fmt.Fprintf(b,
			`<rect x="%d" y="%d" width="9" height="9" fill="%s"/><text x="%d" y="%d" fill="#444">%s</text>`+"\n",
			at, line-8, colour, at+13, line, html.EscapeString(name))
		at += wide
	}
}

// nice is the next round number from v on.
func nice(v float64) float64 {
	if v <= 0 {
		return 1
	}
	scale := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{1, 2, 4, 5, 8, 10} {
		if v <= step*scale {
			return step * scale
		}
	}
	return v
}

func text(v float64, unit string) string {
	s := strconv.FormatFloat(v, 'g', 3, 64)
	switch {
	case unit == "s" && v > 0 && v < 1:
		return strconv.FormatFloat(v*1000, 'g', 3, 64) + " ms"
	case unit == "s":
		return s + " s"
	}
	return s
}

// Metrics are the names of metrics that a dashboard or a file of rules speaks of.
func Metrics(texts ...string) []string {
	found := map[string]bool{}
	for _, t := range texts {
		for _, name := range regexp.MustCompile(
			`\b(?:tiktokshop|rpc|http)_(?:client|limiter|token|webhook|inbox)_\w+`).FindAllString(t,
			-1) {
			found[name] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}
