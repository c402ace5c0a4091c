//go:build embedded

package embedded

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// join opens a member of a group that keeps its place, and waits until it has all partitions.
func join(t *testing.T, address, instance string) (*kgo.Client, time.Duration) {
	t.Helper()
	assigned := make(chan int, 10)
	began := time.Now()
	options := []kgo.Opt{kgo.ConsumerGroup("group"), kgo.ConsumeTopics("events"), kgo.Balancers(kgo.CooperativeStickyBalancer()), kgo.SessionTimeout(45 * time.Second), kgo.DisableAutoCommit(),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			assigned <- len(partitions["events"])
		})}
	if instance != "" {
		options = append(options, kgo.InstanceID(instance))
	}
	client := newClient(t, address, options...)
	for missing := 3; missing > 0; {
		select {
		case n := <-assigned:
			missing -= n
		case <-time.After(60 * time.Second):
			t.Fatalf("%d partitions were not assigned in a minute", missing)
		}
	}
	return client, time.Since(began)
}

// TestGroupComesBack kills the broker with SIGKILL and lets its member go without a word, as both are one process. Afterwards the member
// has its partitions again without waiting for the session timeout, with a name or without, since this broker keeps no members on
// disk; it does keep what was committed.
func TestGroupComesBack(t *testing.T) {
	for _, instance := range []string{"here", ""} {
		directory := t.TempDir()
		process := startChild(t, "broker", directory)
		client, _ := join(t, process.line, instance)
		if err := client.CommitRecords(t.Context(), &kgo.Record{Topic: "events", Partition: 1, Offset: 6}); err != nil {
			t.Fatal(err)
		}
		process.kill()
		go client.CloseAllowingRebalance()
		process = startChild(t, "broker", directory)
		again, took := join(t, process.line, instance)
		if took > 5*time.Second {
			t.Errorf("member %q had its partitions again after %v", instance, took)
		}
		offsets, err := kadm.NewClient(again).FetchOffsets(t.Context(), "group")
		if err != nil {
			t.Fatal(err)
		}
		at, _ := offsets.Lookup("events", 1)
		check(t, "committed", at.At, int64(7))
		again.CloseAllowingRebalance()
		process.kill()
	}
}
