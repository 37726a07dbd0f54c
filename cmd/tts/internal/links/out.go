package links

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
)

// header is the first row of the output.
var header = []string{"product_id", "campaign_id", "status", "link", "reason", "request_id"}

// The columns of the output.
const (
	colProduct = iota
	colCampaign
	colStatus
	colLink
	colReason
	colRequestID
)

// Output is a CSV file with a row for each product that has an answer.
type Output struct {
	name     string
	campaign tiktokshop.ID
	file     *os.File
	lock     *outputLock
	rows     *csv.Writer
	have     map[tiktokshop.ID]affiliatepartner.LinkStatus
	reasons  map[tiktokshop.ID]string
}

// ErrOtherCampaign: the output has links of another campaign.
var ErrOtherCampaign = errors.New("has links of another campaign")

// ReadOutput reads which products an output has without changing it.
func ReadOutput(name string, campaign tiktokshop.ID) (*Output, error) {
	out := &Output{name: name, campaign: campaign}
	var content []byte
	err := regular(name)
	if err == nil {
		content, err = os.ReadFile(name)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if _, err := out.read(content); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}

// OpenOutput makes a file, or opens one that a run has left; a row that a killed run left
// unfinished is cut off. again forgets the products that failed. One run at a time has an output:
// ErrInUse.
func OpenOutput(name string, campaign tiktokshop.ID, again bool) (out *Output, err error) {
	lock, err := lockFor(name)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, lock.release())
		}
	}()
	out, err = ReadOutput(name, campaign)
	if err != nil {
		return nil, err
	}
	out.lock = lock
	if again {
		if err := out.rewrite(func(row []string) []string {
			if row[colStatus] == string(affiliatepartner.LinkFailed) {
				return nil
			}
			return row
		}); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	out.file, out.rows = f, csv.NewWriter(f)
	if err := out.goOn(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
	}
	return out, nil
}

// read takes the whole rows of what an output holds, and returns how many bytes they are.
func (o *Output) read(content []byte) (whole int, err error) {
	o.have, o.reasons = make(map[tiktokshop.ID]affiliatepartner.LinkStatus),
		make(map[tiktokshop.ID]string)
	whole = bytes.LastIndexByte(content, '\n') + 1
	if whole == 0 {
		if len(content) > 0 &&
			!bytes.HasPrefix([]byte("product_id,campaign_id,status,link,reason,request_id"),
				content) {
			return 0, errors.New("is not a file that tts links wrote")
		}
		return 0, nil
	}
	rows, err := csv.NewReader(bytes.NewReader(content[:whole])).ReadAll()
	if err != nil {
		return 0, err
	}
	if !slices.Equal(rows[0], header) {
		return 0, errors.New("is not a file that tts links wrote")
	}
	for _, row := range rows[1:] {
		if row[colCampaign] != string(o.campaign) {
			return 0, fmt.Errorf("%w, %s: name another output", ErrOtherCampaign, row[colCampaign])
		}
		id := tiktokshop.ID(row[colProduct])
		o.have[id] = affiliatepartner.LinkStatus(row[colStatus])
		if row[colReason] != "" {
			o.reasons[id] = row[colReason]
		}
	}
	return whole, nil
}

// goOn stands behind the last whole row.
func (o *Output) goOn() error {
	content, err := io.ReadAll(o.file)
	if err != nil {
		return err
	}
	whole, err := o.read(content)
	if err != nil {
		return err
	}
	if err := o.file.Truncate(int64(whole)); err != nil {
		return err
	}
	if _, err := o.file.Seek(int64(whole), io.SeekStart); err != nil {
		return err
	}
	if whole == 0 {
		return o.writeRow(header...)
	}
	return nil
}

// Has tells whether a product has an answer.
func (o *Output) Has(id tiktokshop.ID) bool {
	_, ok := o.have[id]
	return ok
}

// Failed tells whether a product was refused.
func (o *Output) Failed(id tiktokshop.ID) bool { return o.have[id] == affiliatepartner.LinkFailed }

// Write adds an answer. Each row goes to the system at once, so that a killed run leaves what it
// had.
func (o *Output) Write(r affiliatepartner.LinkResult) error {
	if o.Has(r.ProductID) {
		return nil
	}
	o.have[r.ProductID] = r.Status
	return o.writeRow(string(r.ProductID), string(o.campaign), string(r.Status), r.Link, "",
		r.RequestID)
}

func (o *Output) writeRow(fields ...string) error {
	if err := o.rows.Write(fields); err != nil {
		return err
	}
	o.rows.Flush()
	return o.rows.Error()
}

// Unexplained are products that failed and of which no reason is known, n at most.
func (o *Output) Unexplained(n int) (ids []tiktokshop.ID) {
	for id, status := range o.have {
		if status == affiliatepartner.LinkFailed && o.reasons[id] == "" {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids[:min(n, len(ids))]
}

// Explain writes the reasons of products that failed into their rows.
func (o *Output) Explain(reasons map[tiktokshop.ID]string) error {
	if len(reasons) == 0 {
		return nil
	}
	for id, reason := range reasons {
		o.reasons[id] = reason
	}
	return o.rewrite(func(row []string) []string {
		if reason, ok := reasons[tiktokshop.ID(row[colProduct])]; ok {
			row[colReason] = reason
		}
		return row
	})
}

// rewrite puts a file with changed rows in the place of the old one; a row that change makes nil is
// left out.
func (o *Output) rewrite(change func([]string) []string) (err error) {
	content, err := os.ReadFile(o.name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	rows, err := csv.NewReader(
		bytes.NewReader(content[:bytes.LastIndexByte(content, '\n')+1])).ReadAll()
	if err != nil || len(rows) == 0 {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(o.name), filepath.Base(o.name)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	w := csv.NewWriter(f)
	kept := [][]string{rows[0]}
	for _, row := range rows[1:] {
		if row = change(row); row != nil {
			kept = append(kept, row)
		}
	}
	if err = errors.Join(w.WriteAll(kept), f.Sync(), f.Close()); err != nil {
		return err
	}
	if o.file != nil {
		if err = o.file.Close(); err != nil {
			return err
		}
		o.file = nil
	}
	return os.Rename(f.Name(), o.name)
}

// Close may be called again.
func (o *Output) Close() error {
	var err error
	if o.file != nil {
		err, o.file = o.file.Close(), nil
	}
	if o.lock != nil {
		err, o.lock = errors.Join(err, o.lock.release()), nil
	}
	return err
}
