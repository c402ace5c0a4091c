package simulate

// Names of people who do not exist; the family names say so.
var (
	firstNames = [...]string{"Ada", "Bruno", "Chiara", "Dmitri", "Elif", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Keiko", "Liam", "Mara",
		"Nils", "Olga", "Pedro", "Quinn", "Rosa", "Sami", "Thea", "Uwe", "Vera", "Wei", "Ximena", "Yusuf", "Zoe"}
	lastNames = [...]string{"Example", "Muster", "Sample", "Ejemplo", "Voorbeeld", "Fictional", "Esempio", "Placeholder", "Exemple", "Demo",
		"Beispiel", "Sandbox", "Pretend", "Imaginary", "Mockingham", "Testerson", "Nobody", "Invented", "Madeup", "Standin"}
)

// team is a group of agents with a queue of its own.
type team struct {
	name, label string
}

var teams = [...]team{{"support", "Support"}, {"billing", "Billing"}, {"sales", "Sales"}, {"returns", "Returns"}}

// personName gives the n-th of MaxAgents different names.
func personName(n int) string {
	return firstNames[n%len(firstNames)] + " " + lastNames[(n+n/len(firstNames))%len(lastNames)]
}
