//go:build embedded

package main

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/floorwatch/floorwatch/aggregator/scenariotest"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/twmb/franz-go/pkg/kgo"
)

// scenariosConfig writes often, since every story goes on only when its numbers were asked for, and keeps little in memory.
const scenariosConfig = "pipeline: {flush_interval: 20ms, state_interval: 50ms, memory_bytes: 100000}\nlog: {level: error}\n"

// Every scenario file from Kafka to SQL: each story is a company of one service. Its events go to the topic with the times at which the log
// took them, and wherever the story expects numbers, they are asked of the views and tables, those of a moment as the views give
// them at that moment. In the end a second service reads the whole log into empty tables, which are then the same.
func TestScenariosFromKafkaToSQL(t *testing.T) {
	var tales []*tale
	for i, story := range scenariotest.Read(t, "aggregator/testdata") {
		tales = append(tales, &tale{Story: story, company: fmt.Sprintf("%s-%02d", story.File, i+1)})
	}
	p := newProcess(t, scenariosConfig)
	p.start()
	again := p.beside("batch")
	again.start()
	again.signal(syscall.SIGTERM)
	for _, database := range []string{"floorwatch", "batch"} {
		p.record(database, tales)
	}
	p.signal(syscall.SIGTERM)
	p.start() // with the settings that were recorded

	p.setUpMoments()
	producer := p.client(kgo.DefaultProduceTopic("floorwatch.events.v1"))
	if err := producer.ProduceSync(t.Context(), &kgo.Record{Key: []byte("c/acme/c1"), Value: []byte("no event")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	known, asked, expected := map[string]bool{}, 0, 0
	for round := 1; ; round++ {
		var records []*kgo.Record
		for _, tale := range tales {
			records = append(records, tale.goOn(t, known)...)
		}
		slices.SortStableFunc(records, func(a, b *kgo.Record) int { return a.Timestamp.Compare(b.Timestamp) })
		if err := producer.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
			t.Fatal(err)
		}
		p.written(len(known))
		left := 0
		for _, tale := range tales {
			a, e := tale.ask(p)
			asked, expected, left = asked+a, expected+e, left+len(tale.Steps)
		}
		if left == 0 {
			t.Logf("%d stories in %d rounds, %d events; of %d values that they expect %d were asked in SQL", len(tales), round, len(known), expected, asked)
			break
		}
	}
	if n := p.number("SELECT count() FROM rejects FINAL"); n != 1 {
		t.Errorf("%d records were rejected, want the one that is no event", n)
	}
	again.start()
	again.written(len(known))
	again.signal(syscall.SIGTERM)
	compareWithBatch(t, p)
}

// tale is a story on its way; its steps are those to come.
type tale struct {
	scenariotest.Story
	company  string
	appended schemas.Instant // of its newest event
}

// goOn gives the records of the events up to the next thing that is expected, and adds their names to what is known.
func (s *tale) goOn(t *testing.T, known map[string]bool) []*kgo.Record {
	t.Helper()
	var records []*kgo.Record
	for len(s.Steps) > 0 && s.Steps[0].Event != nil {
		event := *s.Steps[0].Event
		event.Company = s.company
		value, err := schemas.EncodeEvent(&event)
		if err != nil {
			t.Fatal(err)
		}
		s.appended = max(s.appended, event.OccurredAt) // what is told late is appended late
		known[event.Key()+" "+event.ID] = true
		records = append(records, &kgo.Record{Key: []byte(event.Key()), Value: value, Timestamp: s.appended.Time()})
		s.Steps = s.Steps[1:]
	}
	return records
}

// ask compares everything that is expected before the next event, and tells how many values of how many.
func (s *tale) ask(p *process) (asked, expected int) {
	p.t.Helper()
	for len(s.Steps) > 0 && s.Steps[0].Expect != nil {
		step := s.Steps[0]
		s.Steps = s.Steps[1:]
		e := *step.Expect
		expected += max(1, len(e.Fields))
		e.Fields = slices.DeleteFunc(slices.Clone(e.Fields), func(f scenariotest.Field) bool { return notInSQL[e.Kind+" "+f.Name] != "" })
		if len(e.Fields) > 0 || e.Absent {
			step.Expect = &e
			asked += s.Compare(p.t, &step, p.fields(s, &e))
		}
	}
	return asked, expected
}

// notInSQL are values that no table has, each with the reason.
var notInSQL = map[string]string{
	"deadline at":       "a calculation of business hours, not of events",
	"result duplicates": "counted for Prometheus, from live records only",
}

// record stores the settings of all stories' companies.
func (p *process) record(database string, tales []*tale) {
	p.t.Helper()
	var rows []string
	for _, tale := range tales {
		for _, v := range tale.Versions {
			rows = append(rows, fmt.Sprintf("('%s', fromUnixTimestamp64Milli(%d), '%s', '%s', '%s', fromUnixTimestamp64Milli(%d), %d, 0)",
				tale.company, v.EffectiveFrom, v.Zone, v.Hours, v.TeamHours, v.RecordedAt, ^uint64(v.RecordedAt)))
		}
	}
	p.query("INSERT INTO " + database + ".settings (company, effective_from, zone, hours, team_hours, recorded_at, version, is_deleted) SELECT * FROM VALUES (" +
		"'company String, effective_from DateTime64(3, \\'UTC\\'), zone String, hours String, team_hours String, recorded_at DateTime64(3, \\'UTC\\'), version UInt64, is_deleted UInt8', " +
		strings.Join(rows, ", ") + ")")
}

// beside prepares a service of its own that reads the same log into another database.
func (p *process) beside(database string) *process {
	p.t.Helper()
	other := newProcess(p.t, p.config+"clickhouse: {database: "+database+"}\nkafka: {group: "+database+", rejects_topic: \"\"}\n")
	other.flags, other.kafka, other.clickhouse, other.database = nil, p.kafka, p.clickhouse, database
	other.extra = []string{"FLOORWATCH_CLICKHOUSE_ADDRESSES=" + p.clickhouse}
	return other
}
