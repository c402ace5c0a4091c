package pipeline

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floorwatch/floorwatch/schemas"
	"github.com/google/go-cmp/cmp"
)

// fakeRollups has days to be made and tells what was asked of it.
type fakeRollups struct {
	due   int
	err   error
	stall time.Duration
	did   []string
}

func (f *fakeRollups) DueRollups(context.Context, schemas.Instant) ([]schemas.CompanyDay, schemas.Instant, error) {
	return make([]schemas.CompanyDay, f.due), 7, f.err
}

func (f *fakeRollups) RollUp(ctx context.Context, days []schemas.CompanyDay) error {
	f.due -= len(days)
	f.did = append(f.did, fmt.Sprint("make ", len(days)))
	select {
	case <-time.After(f.stall):
	case <-ctx.Done():
	}
	return ctx.Err()
}

func (f *fakeRollups) MarkRollups(_ context.Context, at schemas.Instant) error {
	f.did = append(f.did, fmt.Sprint("mark ", int64(at)))
	return nil
}

func (f *fakeRollups) ForgetRollups(context.Context) error {
	f.did = append(f.did, "forget")
	return nil
}

// Each minute the days that are due are made, at most so many; the mark moves only when none is left.
func TestRollupsInRounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &fakeRollups{due: 200, stall: time.Second}
		w := newWorldWith(t, DefaultConfig(), 0, store)
		dirty := schemas.Sample(schemas.MetricRollupsDue)
		f := func(after time.Duration, wantDirty float64, want ...string) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			if diff := cmp.Diff(want, store.did); diff != "" {
				t.Errorf("after %s (-want +did):\n%s", after, diff)
			}
			if got, known := w.p.Status().Gauges[dirty]; known != (wantDirty >= 0) || known && got != wantDirty {
				t.Errorf("after %s %g days are dirty, want %g", after, got, wantDirty)
			}
			store.did = nil
		}
		f(59*time.Second, -1)
		f(10*time.Second, 72, "make 32", "make 32", "make 32", "make 32")
		f(time.Minute, 0, "make 32", "make 32", "make 8", "mark 7")
		store.err = errors.New("connection refused")
		f(time.Minute, -1) // nobody knows
		store.err, store.due = nil, 1
		f(time.Minute, 0, "make 1", "mark 7")
		time.Sleep(57 * time.Minute)
		synctest.Wait()
		if n := len(store.did); n == 0 || store.did[n-1] != "forget" && store.did[n-2] != "forget" {
			t.Errorf("old rows are not deleted after an hour: %v", store.did)
		}
		store.did = nil
		w.log.polls <- schemas.Polled{Revoked: []schemas.Assignment{assignment}, Member: true}
		time.Sleep(time.Second)
		f(2*time.Minute, -1)
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
}

// A store that takes its time, or a stop in the middle, holds up nothing.
func TestRollupsHoldUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &fakeRollups{due: 1, stall: time.Hour}
		w := newWorldWith(t, DefaultConfig(), 0, store)
		time.Sleep(61 * time.Second)
		w.send(message("m1", "c1", time.Now()))
		if got := w.p.Status().Records; got != 1 {
			t.Errorf("%d records were read, want 1", got)
		}
		began := time.Now()
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("the stop took %s", took)
		}
	})
}
