//go:build failpoints

package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/floorwatch/floorwatch/ingest/gateway"
	"github.com/floorwatch/floorwatch/ingest/producer"
	"github.com/floorwatch/floorwatch/pipeline"
)

// failpointVariable names the moment at which this process kills itself with SIGKILL, such as "state:2", after the second acknowledged
// insert into the table state, "before-state:2", before the second is sent, "commit:1", after the first commit to the group, or
// "deliver:2", when Kafka has acknowledged the events of a second request to the gateway and nobody was told yet.
const failpointVariable = environmentPrefix + "FAILPOINT"

// failpoint is that moment.
type failpoint struct {
	name  string
	count int64
	seen  atomic.Int64
}

// chosen is read before the configuration is, which refuses variables that it does not know.
var chosen = takeFailpoint()

func takeFailpoint() *failpoint {
	name, count, _ := strings.Cut(os.Getenv(failpointVariable), ":")
	f := &failpoint{name: name}
	if name != "" {
		var err error
		if f.count, err = strconv.ParseInt(count, 10, 64); err != nil || f.count < 1 {
			fmt.Fprintf(os.Stderr, "floorwatch: %s must be like state:2\n", failpointVariable)
			os.Exit(2)
		}
	}
	_ = os.Unsetenv(failpointVariable) // never fails for a name without '='
	return f
}

// pass kills this process if this is the moment. Nothing runs after it: no deferred call, no flush.
func (f *failpoint) pass(name string) {
	if name == f.name && f.seen.Add(1) == f.count {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// failHere has the store pass each insert.
func failHere(cfg *Config) {
	cfg.ClickHouse.BeforeInsert = func(table string) { chosen.pass("before-" + table) }
	cfg.ClickHouse.AfterInsert = chosen.pass
}

// failAfterCommit has the log pass each commit of the numbers.
func failAfterCommit(log pipeline.Log) pipeline.Log { return failingLog{log} }

type failingLog struct{ pipeline.Log }

func (l failingLog) Commit(ctx context.Context, offsets map[int32]int64) error {
	err := l.Log.Commit(ctx, offsets)
	if err == nil {
		chosen.pass("commit")
	}
	return err
}

// failAroundDelivery has the gateway pass what it gives to Kafka, before and after.
func failAroundDelivery(log gateway.Log) gateway.Log { return failingDelivery{log} }

type failingDelivery struct{ gateway.Log }

func (l failingDelivery) Deliver(ctx context.Context, records []producer.Record) error {
	chosen.pass("before-deliver")
	err := l.Log.Deliver(ctx, records)
	if err == nil {
		chosen.pass("deliver")
	}
	return err
}
