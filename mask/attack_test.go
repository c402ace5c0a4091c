package mask

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// Texts that are made to cost much cost no more than others: the time grows with the length, not with its square.
func TestHostileTextIsCheap(t *testing.T) {
	m, err := New(Config{Locales: Locales(), Patterns: []Pattern{{"contract", `(a|aa)+b`}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, piece := range []string{"1", "1 ", "12-", "@", "a@", "a@a", "a.", "a@b.", " at ", "(at)", "\"", "\"@", "(", "+", "+1", "DE89 ", "de8", "[", "[card]", "tel ", "tel 1 ", "card 12345 ", "a", "aa ", "1a", "1.1.", "0 ", "&", "&#64;", "%", "%40", "\u200b", "\u0301", "١", "ﬃ", "\xff", "€ ", "ssn ", "ss 1"} {
		times := func(n int) time.Duration {
			text := strings.Repeat(piece, n/len(piece)+1)
			least := time.Hour
			for range 2 {
				begin := worked(t)
				m.Text(text)
				least = min(least, worked(t)-begin)
			}
			return least
		}
		short, long := times(1<<10), times(16<<10)
		if long > 60*short+10*time.Millisecond {
			t.Errorf("%q: %v for 1 KiB, %v for 61 KiB", piece, short, long)
		}
	}
}

// worked is the time that the processor gave to this process; others on the machine do not count.
func worked(t *testing.T) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
