package pipeline

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/floorwatch/floorwatch/aggregator"
	"github.com/floorwatch/floorwatch/schemas"
	"github.com/rs/zerolog"
)

// Parts are what a pipeline joins.
type Parts struct {
	Log     Log
	Store   Store
	Rollups RollupStore // nil: none are made
	Meter   Meter
	Clock   Clock
	Logger  zerolog.Logger
}

// Pipeline is the one loop that owns all state. Reading, loading and writing happen beside it and talk to it over channels.
//
//	poll ─► partitions come ─► load ─► start ─► records ─► fold ─► rows ─► acknowledged ─► state with position ─► commit
//	                                              └► wait for the stored state ─► look up ─┘
type Pipeline struct {
	cfg        Config
	settings   aggregator.Settings
	parts      Parts
	rejected   zerolog.Logger // a few lines a second; the table rejects has all
	partitions map[int32]*partition
	total      int32 // partitions of the topic
	member     bool  // the group has told which partitions are this instance's
	topic      [16]byte
	loaded     chan loaded
	started    chan started
	lookup     lookup
	flush      flush
	readings   chan settingsRead
	readAt     schemas.Instant // when the settings were read last
	unsettled  []loaded        // that wait until the settings were read
	outgoing   outgoing
	rollups    *rollups
	pending    []schemas.Instant // when the log took the live events whose rows are not in a flush yet
	unseen     []schemas.Instant // … that are not published yet
	status     atomic.Pointer[Status]
	watermark  schemas.Instant
	began      time.Time
	load       time.Duration // from the start until all partitions had caught up, 0 before
	published  time.Time
	forgetAt   time.Time     // when old states are deleted next
	pause      time.Duration // before the next publishing, so that it does not take all the time
	background context.Context
	committing sync.WaitGroup
}

// New makes a pipeline. The configuration and settings must be valid.
func New(cfg Config, settings aggregator.Settings, parts Parts) *Pipeline {
	p := &Pipeline{
		cfg: cfg, settings: settings, parts: parts, partitions: map[int32]*partition{}, loaded: make(chan loaded), started: make(chan started), readings: make(chan settingsRead),
		lookup: lookup{done: make(chan found)}, flush: flush{up: true, done: make(chan error, 1)}, outgoing: newOutgoing(), rollups: newRollups(parts),
	}
	p.rejected = parts.Logger.Sample(&zerolog.BurstSampler{Burst: 5, Period: time.Second})
	p.topic, p.total = parts.Log.Topic()
	p.status.Store(&Status{Partitions: int(p.total)})
	return p
}

// Run folds until the context is done, then writes what is left. It returns nil after that, or the reason why it cannot go on.
func (p *Pipeline) Run(ctx context.Context) error {
	background, stop := context.WithCancel(ctx)
	reading := startReading(background, p.parts.Log)
	var rolling sync.WaitGroup
	rolling.Go(func() { p.rollups.run(background) })
	defer func() {
		stop()
		<-reading.ended
		rolling.Wait()
	}()
	flushes, publishes := time.NewTicker(p.cfg.FlushInterval), time.NewTicker(p.cfg.PublishInterval)
	defer flushes.Stop()
	defer publishes.Stop()
	p.background, p.began = background, p.parts.Clock()
	p.flush.nextCut = p.began.Add(p.cfg.StateInterval)
	for {
		reading.pause(p.isFull()) // the log is the spill: it waits, memory does not grow
		var err error
		select {
		case news := <-reading.polled:
			p.take(news)
		case l := <-p.loaded:
			err = p.begin(l)
		case s := <-p.started:
			err = p.follow(s)
		case f := <-p.lookup.done:
			p.merge(f)
		case <-flushes.C:
			p.startLookup()
			p.startFlush(false)
		case err := <-p.flush.done:
			p.endFlush(err)
		case last := <-p.outgoing.done:
			p.outgoing.settle(last)
		case r := <-p.readings:
			err = p.takeOver(r)
		case <-publishes.C:
			p.publish()
		case err = <-reading.broken:
			err = fmt.Errorf("read log: %w", err)
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			defer p.committing.Wait()
			return p.drain()
		}
		if err != nil {
			return err
		}
	}
}

// isFull tells that so much waits that no more is to be read.
func (p *Pipeline) isFull() bool {
	bytes := 0
	for _, part := range p.folding() {
		bytes += part.state.PendingBytes()
	}
	return p.waiting() >= p.cfg.PendingRows || bytes >= p.cfg.PendingBytes
}

// take takes in what the log told: partitions that went and came, then records.
func (p *Pipeline) take(news schemas.Polled) {
	p.member = news.Member
	for _, a := range news.Revoked {
		if part := p.partitions[a.Partition]; part != nil && part.assignment == a {
			part.stopLoading()
			delete(p.partitions, a.Partition) // whoever has it now reads again what was not written
		}
	}
	for _, a := range news.Assigned {
		loading, stop := context.WithCancel(p.background)
		p.partitions[a.Partition] = &partition{assignment: a, stopLoading: stop}
		go p.loadPartition(loading, a, p.settings)
	}
	for i := range news.Batches {
		p.fold(&news.Batches[i])
	}
	p.startLookup()
}
