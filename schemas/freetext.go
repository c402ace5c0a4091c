package schemas

// FreeTexts visits the strings of an event, beside its text, in which people may have written what concerns a customer, with the
// bytes that each may have. Empty ones are left out. They are: tag, reason, label, tier, dimension, ai_intent, ai_flow,
// ai_unsafe_category, and the name of a customer.
//
// Not among them are ids and keywords, which are ids of rules; enumerations; queues, roles, and agents' and teams' names, which the
// company gives to itself and its staff; and sentiment_model, the name of a program.
func (e *Event) FreeTexts(visit func(text *string, limit int)) {
	some := func(text *string, limit int) {
		if *text != "" {
			visit(text, limit)
		}
	}
	some(&e.Tag, MaxIDBytes)
	if e.Status != StatusClosed { // whose reasons are an enumeration
		some(&e.Reason, MaxStringBytes)
	}
	some(&e.Label, MaxStringBytes)
	if e.Entry == EntryCustomer {
		some(&e.Name, MaxStringBytes)
	}
	if f := e.Facts; f != nil {
		some(&f.Tier, MaxIDBytes)
		some(&f.Dimension, MaxIDBytes)
		some(&f.Intent, MaxIDBytes)
		some(&f.Flow, MaxIDBytes)
		some(&f.UnsafeCategory, MaxIDBytes)
	}
}
