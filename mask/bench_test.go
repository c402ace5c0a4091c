package mask

import (
	"fmt"
	"strings"
	"testing"
)

// Texts as chats have them: nothing to mask, something, and one that is as large as a text may be.
var benchTexts = map[string]string{
	"plain":    "Hello, I am still waiting for my parcel, can somebody tell me where it is? Thanks a lot!",
	"order":    "Hi, my order 123456789 of 2024-05-01 over €129.90 has not arrived. Where is it?",
	"masked":   "My card is 4111 1111 1111 1111, call me on +49 30 1234567 or write to john@example.com",
	"cyrillic": "Здравствуйте, где мой заказ 123456789? Позвоните мне, пожалуйста, по телефону +7 495 123-45-67",
	"8KiB":     strings.Repeat("Where is my order 123456789 of 1.5.2024? I paid 129.90 EUR. ", 140)[:8192],
	"digits":   strings.Repeat("12 345-6 7.8 9012 ", 455),
}

func BenchmarkText(b *testing.B) {
	m, _ := New(Config{})
	for name, text := range benchTexts {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				m.Text(text)
			}
		})
	}
}

func BenchmarkFind(b *testing.B) {
	var list []Keyword
	for i := range 500 {
		list = append(list, Keyword{fmt.Sprint("k", i), []string{fmt.Sprintf("keyword %d", i), fmt.Sprintf("schlüsselwort%d", i), fmt.Sprintf("слово%d", i)}})
	}
	k, err := NewKeywords(list)
	if err != nil {
		b.Fatal(err)
	}
	for name, text := range benchTexts {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				k.Find(text)
			}
		})
	}
}

func BenchmarkCustomer(b *testing.B) {
	key := NewKey()
	b.ReportAllocs()
	for b.Loop() {
		key.Customer("customer-12345678")
	}
}
