package simulate

import (
	"math"
	"math/rand/v2"

	"github.com/floorwatch/floorwatch/schemas"
)

const (
	second = schemas.Instant(1000)
	minute = 60 * second
	hour   = 60 * minute
)

// dice is a source of chance of one thing, such as one conversation. What it gives depends on its name alone.
type dice struct{ *rand.Rand }

// newDice names the dice by numbers: the seed and what identifies the thing.
func newDice(names ...uint64) dice {
	first := fold(names...)
	return dice{rand.New(rand.NewPCG(first, fold(first, 1)))}
}

// fold makes one well-mixed number of several (SplitMix64).
func fold(values ...uint64) uint64 {
	var sum uint64
	for _, value := range values {
		sum += value + 0x9e3779b97f4a7c15
		sum = (sum ^ sum>>30) * 0xbf58476d1ce4e5b9
		sum = (sum ^ sum>>27) * 0x94d049bb133111eb
		sum ^= sum >> 31
	}
	return sum
}

// foldText is fold for a name.
func foldText(text string) uint64 {
	sum := uint64(len(text))
	for i := range len(text) {
		sum = fold(sum, uint64(text[i]))
	}
	return sum
}

func (d dice) chance(probability float64) bool { return d.Float64() < probability }

// around gives a log-normal duration with the given median; sigma is its spread: 1 puts the 90th percentile at 3.6 medians, 1.3 at 5.3.
func (d dice) around(median schemas.Instant, sigma float64) schemas.Instant {
	return schemas.Instant(float64(median) * d.spread(sigma))
}

// spread gives a log-normal factor with median 1.
func (d dice) spread(sigma float64) float64 { return math.Exp(sigma * d.NormFloat64()) }

// between gives a duration from low up to but without high.
func (d dice) between(low, high schemas.Instant) schemas.Instant {
	return low + schemas.Instant(d.Int64N(int64(high-low)))
}

// poisson gives how many things happen where mean are expected.
func (d dice) poisson(mean float64) int {
	count := 0
	for ; mean > 30; mean -= 30 { // exp(-mean) must not vanish; sums of Poisson numbers are Poisson numbers
		count += d.smallPoisson(30)
	}
	return count + d.smallPoisson(mean)
}

func (d dice) smallPoisson(mean float64) int {
	count, limit := 0, math.Exp(-mean)
	for product := d.Float64(); product > limit; product *= d.Float64() {
		count++
	}
	return count
}

// pick gives an index with the probability of its weight.
func (d dice) pick(weights []float64) int {
	var sum float64
	for _, weight := range weights {
		sum += weight
	}
	rest := d.Float64() * sum
	for i, weight := range weights {
		if rest -= weight; rest < 0 {
			return i
		}
	}
	return len(weights) - 1
}
