package simulate

import (
	"math"

	"github.com/floorwatch/floorwatch/schemas"
)

// sentimentModel is the one model whose scores the floor's customers have.
const sentimentModel = "mood-2"

var keywords = [...]string{"cancel", "refund", "lawyer", "competitor"}

// feel gives a customer's text its sentiment and the keywords found in it. Moods drift; a few texts are too short for a score.
func (c *conversation) feel(e *schemas.Event) {
	c.mood += 0.12 * c.dice.NormFloat64()
	c.mood = max(-1, min(1, c.mood))
	scored, hit := !c.dice.chance(0.05), c.dice.chance(0.02-0.04*min(0, c.mood))
	if !scored && !hit {
		return
	}
	told := &struct {
		facts     schemas.Facts
		sentiment float64
	}{}
	if scored {
		told.sentiment = math.Round(100*max(-1, min(1, c.mood+0.1*c.dice.NormFloat64()))) / 100
		told.facts.Sentiment, told.facts.SentimentModel = &told.sentiment, sentimentModel
	}
	if hit {
		told.facts.Keywords = []string{keywords[c.dice.IntN(len(keywords))]}
	}
	e.Facts = &told.facts
}

// annoyed tells a customer on whom somebody should look.
func (c *conversation) annoyed() bool { return c.mood < -0.4 }
