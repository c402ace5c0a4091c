package history

// Reason says why a row was not used.
type Reason string

// Reasons for which there is nothing to use in a row.
const (
	MeansNothing Reason = "means_nothing" // says nothing of a floor, or nothing new: a status that is open before and after, an end-user's e-mail
	Duplicate    Reason = "duplicate"     // says what another row says
)

// Reasons for which a row cannot be used, although it may say something.
const (
	WrongCells      Reason = "wrong_cells"      // has more or fewer cells than the header
	NotUTF8         Reason = "not_utf8"         // is no UTF-8
	RoundedID       Reason = "rounded_id"       // has an id such as 4.18E+11 or 418.0: a spreadsheet took it for a number
	MissingID       Reason = "missing_id"       // lacks an id that is needed
	BadTime         Reason = "bad_time"         // has no time, none that can be read, or one before 2000
	UnknownValue    Reason = "unknown_value"    // has a value that is none of those which the vendor documents
	UnknownAuthor   Reason = "unknown_author"   // nothing tells whether its author is a customer or works here
	NotInExport     Reason = "not_in_export"    // refers to a row that is not part of the export
	SeveralTickets  Reason = "several_tickets"  // ties a chat to another ticket than the one that has it
	MessagesMissing Reason = "messages_missing" // is a comment that repeats messages of a talk, which are not part of the export
	Refused         Reason = "refused"          // makes an event that floorwatch would refuse: an id is too long or has control characters
)

const (
	used  Reason = ""
	later Reason = "later" // is decided when all rows of the table were read
)

// Reasons are all reasons, with what they mean to whoever made the export.
var Reasons = []struct {
	Reason  Reason
	Meaning string
}{
	{MeansNothing, "says nothing that is counted"},
	{Duplicate, "says what another row says"},
	{WrongCells, "has more or fewer cells than the header: export it again"},
	{NotUTF8, "is no UTF-8: export it so"},
	{RoundedID, "has an id that a program took for a number, such as 4.18E+11 or 418.0: export it as text"},
	{MissingID, "lacks an id"},
	{BadTime, "has no time that can be read, or one before 2000"},
	{UnknownValue, "has a value that is not known"},
	{UnknownAuthor, "is by somebody who may be a customer or an agent: export all users"},
	{NotInExport, "refers to a row that is not there: export that table, and all of it"},
	{SeveralTickets, "ties a chat to a second ticket"},
	{MessagesMissing, "repeats messages of a talk: export its events"},
	{Refused, "makes an event that would be refused, such as one with an id that is too long"},
}

// Benign tells whether there is nothing to use in a row.
func (r Reason) Benign() bool { return r == MeansNothing || r == Duplicate }
