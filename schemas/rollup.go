package schemas

import (
	"maps"
	"math"
	"slices"
)

// CompanyDay names a day of a company.
type CompanyDay struct {
	Company string
	Day     Date
}

// The one exponential grid of distributions, that of native histograms of schema 5: bin b holds what is more than 2^((b-1)/32) and
// up to 2^(b/32) seconds. GridZero holds 0; it lies below the bin of a millisecond.
const (
	gridSteps = 32 // bins while the seconds double
	GridZero  = int16(-320)
)

// GridBin is the bin of a duration in milliseconds. The view day_sums says the same in SQL.
func GridBin(millis int64) int16 {
	if millis <= 0 {
		return GridZero
	}
	return int16(math.Ceil(gridSteps * math.Log2(float64(millis)/1000)))
}

// GridSeconds is the value that a bin stands for, in seconds: at most 1.1 % away from everything in it.
func GridSeconds(bin int16) float64 {
	if bin == GridZero {
		return 0
	}
	step := math.Exp2(1. / gridSteps)
	return math.Exp2(float64(bin)/gridSteps) * 2 / (1 + step)
}

// GridQuantile is a quantile by nearest rank, in seconds, of what was counted by bin; ok is false if that is nothing.
func GridQuantile(bins map[int16]uint64, quantile float64) (seconds float64, ok bool) {
	total := uint64(0)
	for _, n := range bins {
		total += n
	}
	rank, seen := uint64(math.Ceil(quantile*float64(total))), uint64(0)
	for _, bin := range slices.Sorted(maps.Keys(bins)) {
		if seen += bins[bin]; seen >= max(rank, 1) {
			return GridSeconds(bin), true
		}
	}
	return 0, false
}
