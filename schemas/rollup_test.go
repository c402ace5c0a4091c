package schemas

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Upper edges belong to their bin, and everything is in the bin whose edges it lies between.
func TestGridBins(t *testing.T) {
	for millis, want := range map[int64]int16{-5: GridZero, 0: GridZero, 1: -318, 500: -32, 1000: 0, 1001: 1, 2000: 32, 2001: 33, 64_000: 192} {
		if got := GridBin(millis); got != want {
			t.Errorf("%d ms is in bin %d, want %d", millis, got, want)
		}
	}
	for bin := int16(-318); bin < 800; bin++ {
		edge := int64(math.Floor(1000 * math.Exp2(float64(bin)/gridSteps)))
		if got := GridBin(edge); edge > 0 && got > bin {
			t.Errorf("%d ms is in bin %d, want at most %d", edge, got, bin)
		}
		if got := GridBin(edge + 1); got <= bin {
			t.Errorf("%d ms is in bin %d, want more than %d", edge+1, got, bin)
		}
	}
}

// Quantiles of merged bins are within 1.1 % of the nearest rank of the values themselves.
func TestGridQuantiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, 90*24*3600*1000), 1, 200).Draw(t, "values")
		quantile := rapid.Float64Range(0, 1).Draw(t, "quantile")
		bins := map[int16]uint64{}
		for _, v := range values {
			bins[GridBin(v)]++
		}
		slices.Sort(values)
		exact := float64(values[max(int(math.Ceil(quantile*float64(len(values)))), 1)-1]) / 1000
		got, ok := GridQuantile(bins, quantile)
		if !ok || math.Abs(got-exact) > 0.011*exact {
			t.Errorf("quantile %g is %g, want %g", quantile, got, exact)
		}
	})
	if _, ok := GridQuantile(nil, 0.5); ok {
		t.Error("nothing has a median")
	}
}
