package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/api/affiliatepartner"
)

// productFile reads product ids as they are wanted.
type productFile struct {
	file   *os.File
	rows   *csv.Reader
	column int
	err    error // why the reading ended early
}

func openProducts(name string) (*productFile, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	p := &productFile{file: f, rows: csv.NewReader(f)}
	header, err := p.rows.Read()
	if err == io.EOF {
		err = errors.New("is empty; it needs a column product_id")
	}
	if err == nil {
		if p.column = slices.Index(header, "product_id"); p.column < 0 {
			err = errors.New("there is no column product_id")
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
	}
	p.rows.ReuseRecord = true
	return p, nil
}

// without yields the ids of the file but those in have.
func (p *productFile) without(have map[tiktokshop.ID]bool) iter.Seq[tiktokshop.ID] {
	return func(yield func(tiktokshop.ID) bool) {
		for {
			row, err := p.rows.Read()
			if err != nil {
				if err != io.EOF {
					p.err = err
				}
				return
			}
			if id := tiktokshop.ID(row[p.column]); !have[id] && !yield(id) {
				return
			}
		}
	}
}

// rest counts the ids that were not read.
func (p *productFile) rest(have map[tiktokshop.ID]bool) (n int) {
	for range p.without(have) {
		n++
	}
	return n
}

func (p *productFile) Close() error { return p.file.Close() }

// linkFile is the output: a row for each product that has an answer.
type linkFile struct {
	file *os.File
	rows *csv.Writer
	have map[tiktokshop.ID]bool
}

// openLinks opens a file that a run may have left, and reads which products it has.
func openLinks(name string) (*linkFile, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	l := &linkFile{file: f, rows: csv.NewWriter(f), have: make(map[tiktokshop.ID]bool)}
	if err := l.recover(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
	}
	return l, nil
}

// recover reads the rows of the file and cuts off a row that a killed run left unfinished.
func (l *linkFile) recover() error {
	content, err := io.ReadAll(l.file)
	if err != nil {
		return err
	}
	whole := content[:bytes.LastIndexByte(content, '\n')+1]
	if err := l.file.Truncate(int64(len(whole))); err != nil {
		return err
	}
	if _, err := l.file.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	if len(whole) == 0 {
		return l.writeRow("product_id", "status", "link", "request_id")
	}
	rows, err := csv.NewReader(bytes.NewReader(whole)).ReadAll()
	if err != nil {
		return err
	}
	if len(rows) == 0 || len(rows[0]) == 0 || rows[0][0] != "product_id" {
		return errors.New("is not a file that this program wrote")
	}
	for _, row := range rows[1:] {
		l.have[tiktokshop.ID(row[0])] = true
	}
	return nil
}

// write adds an answer, once for each product.
func (l *linkFile) write(r affiliatepartner.LinkResult) error {
	if l.have[r.ProductID] {
		return nil
	}
	l.have[r.ProductID] = true
	return l.writeRow(string(r.ProductID), string(r.Status), r.Link, r.RequestID)
}

// writeRow hands each row to the system at once, so that a killed run leaves what it had.
func (l *linkFile) writeRow(fields ...string) error {
	if err := l.rows.Write(fields); err != nil {
		return err
	}
	l.rows.Flush()
	return l.rows.Error()
}

// Close may be called again.
func (l *linkFile) Close() error {
	if err := l.file.Close(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}
