package clickhouse

import "github.com/floorwatch/floorwatch/schemas"

// guard masks what people wrote in events once more: who writes to Kafka directly may not have done it. What is masked already stays as
// it is, so rows that are written again are the same. Rows of the fold have it from the stream.
func (s *Store) guard(rows *schemas.Rows) {
	for i := range rows.Events {
		e := &rows.Events[i].Event
		policy := s.cfg.Policies.Of(e.Company)
		e.Text = policy.Guard(e.Text)
		e.FreeTexts(func(free *string, limit int) { policy.MaskIn(free, limit) })
	}
	common := s.cfg.Policies.Of("") // of a record that could not be read nobody knows the company
	for i := range rows.Rejects {
		rows.Rejects[i].Detail, _ = common.Mask(rows.Rejects[i].Detail)
	}
}
