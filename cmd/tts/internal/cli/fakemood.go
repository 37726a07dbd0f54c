package cli

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// parseMood reads --mood.
func parseMood(text string) (tiktokshoptest.Mood, error) {
	var m tiktokshoptest.Mood
	if text == "" {
		return m, nil
	}
	if rest, ok := strings.CutPrefix(text, "stormy"); ok && (rest == "" || rest[0] == ':') {
		seed := uint64(1)
		if rest != "" {
			var err error
			if seed, err = strconv.ParseUint(rest[1:], 10, 64); err != nil {
				return m, usagef("--mood: stormy:SEED takes a whole number, not %q", rest[1:])
			}
		}
		return tiktokshoptest.Stormy(seed), nil
	}
	shares := map[string]*float64{
		"throttle": &m.Throttle, "unavailable": &m.Unavailable, "html": &m.HTML,
		"truncate": &m.Truncate, "slow": &m.Slow,
		"reset-before": &m.ResetBefore, "reset-after": &m.ResetAfter, "duplicate": &m.Duplicate,
		"clock-skew": &m.ClockSkew, "token-expiry": &m.TokenExpiry,
	}
	durations := map[string]*time.Duration{"delay": &m.Delay, "retry-after": &m.RetryAfter}
	m.Delay, m.RetryAfter = time.Second, time.Second
	var errs []error
	var sum float64
	for part := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch {
		case shares[name] != nil:
			share, err := strconv.ParseFloat(value, 64)
			if err != nil || !(share >= 0 && share <= 1) {
				errs = append(errs, usagef("--mood: %s is a share from 0 to 1, not %q", name,
					value))
				continue
			}
			*shares[name] = share
		case durations[name] != nil:
			d, err := time.ParseDuration(value)
			if err != nil || d < 0 {
				errs = append(errs, usagef("--mood: %s is a duration such as 200ms, not %q", name,
					value))
				continue
			}
			*durations[name] = d
		case name == "seed":
			seed, err := strconv.ParseUint(value, 10, 64)
			if err != nil {
				errs = append(errs, usagef("--mood: seed is a whole number, not %q", value))
			}
			m.Seed = seed
		default:
			errs = append(errs, usagef("--mood: %q is none: `tts fake serve --help` has them",
				name))
		}
	}
	for _, share := range shares {
		sum += *share
	}
	if sum > 1+1e-9 {
		errs = append(errs, usagef("--mood: the shares add up to %.2f, which is more than 1", sum))
	}
	return m, errors.Join(errs...)
}

// parseQuota reads --quota.
func parseQuota(text string) (tiktokshoptest.Quota, error) {
	var q tiktokshoptest.Quota
	if text == "" {
		return q, nil
	}
	rate, rest, _ := strings.Cut(text, ",")
	number, ok := strings.CutSuffix(rate, "/s")
	var err error
	if q.PerSecond, err = strconv.ParseFloat(number, 64); !ok || err != nil || !(q.PerSecond > 0) {
		return q, usagef("--quota: begins with a rate such as 10/s, not %q", rate)
	}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "":
		case "burst":
			if q.Burst, err = strconv.Atoi(value); err != nil || q.Burst < 1 {
				return q, usagef("--quota: burst is a whole number from 1, not %q", value)
			}
		case "retry-after":
			q.RetryAfter = true
		default:
			return q, usagef("--quota: %q is none of burst and retry-after", name)
		}
	}
	return q, nil
}
