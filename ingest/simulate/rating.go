package simulate

import "github.com/floorwatch/floorwatch/schemas"

// after is what follows the end of a conversation: a survey, a rating, a customer who comes back.
func (c *conversation) after(*stage) {
	if c.dice.chance(0.35) {
		c.pass(second)
		c.aside(schemas.AuthorSystem).Kind = schemas.KindSurvey
		if c.dice.chance(0.4) {
			c.then((*conversation).rate, c.dice.around(12*minute, 1.5))
			return
		}
	}
	c.mayComeBack()
}

// mayComeBack decides whether the customer writes once more, which those do sooner who are not content.
func (c *conversation) mayComeBack() {
	chance := 0.09
	if c.annoyed() {
		chance = 0.2
	}
	if c.visits < 3 && c.dice.chance(chance) {
		c.then((*conversation).comeBack, c.dice.around(2*hour, 1.3))
	}
}

// rate is the customer's answer to the survey. Moods decide; few scores lie in the middle.
func (c *conversation) rate(*stage) {
	content := max(0, min(1, 0.72+0.5*c.mood+0.22*c.dice.NormFloat64()))
	rating, score := schemas.RatingCSAT, float64(1+int(content*content*4.99))
	switch pick := c.dice.Float64(); {
	case c.ai && pick < 0.6 || pick < 0.1:
		if rating, score = schemas.RatingThumbs, 0; content > 0.5 {
			score = 1
		}
	case pick > 0.88:
		rating, score = schemas.RatingNPS, float64(int(content*10.99))
	}
	c.status(schemas.StatusRated).Facts = &schemas.Facts{Rating: rating, Score: &score}
	c.mayComeBack()
}
