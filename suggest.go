package main

import (
	"strings"

	"github.com/floorwatch/floorwatch/schemas"
)

// nearest gives the known word that a wrong one begins or resembles, or "".
func nearest(word string, known []string) string {
	best, least := "", (len(word)+2)/3+1
	for _, candidate := range known {
		if word != "" && strings.HasPrefix(candidate, word) {
			return candidate
		}
		if d := schemas.EditDistance(word, candidate); d < least {
			best, least = candidate, d
		}
	}
	return best
}
