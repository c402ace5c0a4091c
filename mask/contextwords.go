package mask

// wordsOf are the words that tell what a number beside them is, in the languages that were thought of. Case and accents do not matter.
var wordsOf = map[sense][]string{
	sensePhone: {
		"phone", "phones", "phone number", "telephone", "tel", "tel no", "mobile", "mobile number", "cell", "cellphone", "cell phone", "landline", "fax", "whatsapp", "whats app", "wa.me", "viber",
		"sms", "hotline", "call me", "call us", "call him", "call her", "call back", "callback", "call on", "call at", "called me on", "ring me", "text me", "dial", "reach me", "reach me at", "reach me on", "contact number", "answering at", "calls to", "messages to", "my registered", "desk", "office", "ext", "msisdn", "gsm",
		"telefon", "telefonnummer", "telefonnr", "rufnummer", "handy", "handynummer", "mobil", "mobilnummer", "mobiltelefon", "festnetz", "anrufen", "ruckruf", "rueckruf", "durchwahl", "ruf mich",
		"telephone portable", "portable", "numero de telephone", "fixe", "appelez", "rappelez", "rappeler", "joignable",
		"telefono", "movil", "celular", "llame", "llamame", "llamar", "telefone", "telemovel", "ligue", "ligar", "fone", "telefonino", "cellulare", "chiamami", "chiamare",
		"telefoon", "telefoonnummer", "mobiel", "gsm nummer", "bel me", "bellen", "tlf", "tlf nr", "tfno", "telefonnummer ar", "puhelin", "puhelinnumero", "puh", "kannykka", "telefonas", "telefons",
		"numer telefonu", "komorka", "kom", "zadzwon", "telefonu", "cislo telefonu", "volejte", "telefonszam", "mobilszam", "broj telefona", "mob", "cep", "cep no", "telefon numaram", "telefon no", "numaram", "telepono", "nomor hp", "no hp", "dien thoai", "sdt",
		"телефон", "телефона", "тел", "моб", "мобильный", "позвоните", "звоните", "мобільний", "номер телефона", "τηλεφωνο", "τηλ", "κινητο",
		"電話", "电话", "電話番号", "携帯", "手机", "手機", "手机号", "전화", "전화번호", "휴대폰", "핸드폰", "هاتف", "جوال", "رقم الهاتف", "موبايل", "טלפון", "נייד", "फोन", "मोबाइल", "โทร", "เบอร์โทร",
	},
	senseNumber: {
		"number is", "number was", "my number", "his number", "her number", "their number", "one is", "meine nummer", "nummer ist", "nummer lautet", "mi numero", "numero es", "mon numero", "numero est", "mio numero", "numero e",
		"meu numero", "mijn nummer", "nummer is", "moj numer", "мой номер", "我的号码",
	},
	senseCard: {
		"card", "cards", "card no", "card number", "credit", "debit", "cc", "visa", "mastercard", "master card", "maestro", "amex", "american express", "discover", "diners", "jcb", "unionpay", "pan", "kreditkarte", "kreditkartennummer", "karte", "kartennummer", "ec karte", "carte", "carte bancaire", "carte bleue", "tarjeta", "cartao", "carta di credito",
		"kaart", "creditcard", "kort", "kortnummer", "kortti", "karta", "karty", "numer karty", "kart", "kart no", "kredi karti", "kartya", "карта", "карты", "карту", "картка", "καρτα", "カード", "信用卡", "银行卡", "卡号", "카드", "بطاقة", "כרטיס", "कार्ड", "บัตร",
	},
	senseSecurity: {"cvv", "cvc", "cvv2", "cvc2", "cid", "security code", "card security", "prufnummer", "sicherheitscode", "cryptogramme", "codigo de seguridad", "codice di sicurezza"},
	senseID: {
		"ssn", "ssns", "social security", "social security number", "social security no", "itin", "taxpayer", "tax id", "tin", "sin number", "my sin", "my sin is", "nas:", "mon nas", "tfn", "tax file", "tax file number", "medicare", "nhs", "nhs number", "nino", "national insurance", "national insurance number",
		"national id", "national identity", "identity number", "identity card", "id card", "passport", "passport number", "passport no", "driving licence", "driver licence", "drivers license", "driver's license", "driver license", "driving license", "medical record", "health insurance",
		"steuer id", "steuer-id", "steueridentifikationsnummer", "idnr", "sozialversicherungsnummer", "svnr", "versichertennummer", "krankenversichertennummer", "kvnr", "rvnr", "personalausweis", "ausweis", "ausweisnummer", "reisepass", "pass-nr", "fuhrerschein", "fuhrerscheinnummer", "fahrerlaubnis", "ahv", "ahv nummer",
		"numero de securite sociale", "securite sociale", "secu", "insee", "passeport", "carte d'identite", "nif", "dni", "pasaporte", "numero de identificacion", "rut", "curp", "rfc", "cedula", "cuil", "cpf", "rg", "codice fiscale", "passaporto", "carta d'identita", "bsn", "burgerservicenummer", "paspoort", "rijksregisternummer", "numero national",
		"personnummer", "pnr", "samordningsnummer", "cpr", "cpr nummer", "fodselsnummer", "hetu", "henkilotunnus", "pesel", "dowod", "dowod osobisty", "paszport", "rodne cislo", "obcansky prukaz", "oib", "egn", "cnp", "amka", "afm", "isikukood", "asmens kodas", "taj", "szemelyi",
		"kimlik", "kimlik no", "tc kimlik", "tc kimlik no", "tckn", "aadhaar", "aadhar", "pan card", "voter id", "nric", "fin number", "my number card", "teudat zehut",
		"паспорт", "паспорта", "снилс", "инн", "身份证", "身份证号", "マイナンバー", "주민등록번호", "여권", "护照", "パスポート", "תעודת זהות", "رقم الهوية", "เลขประจำตัวประชาชน", "เลขบัตรประชาชน", "आधार",
	},
	senseOrder: {
		"order", "orders", "order no", "order number", "order id", "order nr", "purchase", "ticket", "ticket number", "case", "case number", "issue", "invoice", "invoice number", "ref", "reference", "reference number", "booking", "booking number", "reservation", "tracking", "tracking number", "parcel", "package", "shipment", "consignment", "delivery", "item", "article", "product", "sku", "ean", "isbn", "serial", "serial number", "batch", "lot", "model", "account",
		"customer", "customer number", "customer id", "customer no", "client number", "contract", "policy", "subscription", "transaction", "transaction id", "confirmation", "version", "ticket id", "case id", "user id", "account id", "session id", "conversation id", "payment id", "product id", "device id", "po", "rma", "coupon", "voucher", "quote", "request", "conversation", "imei", "zip", "zip code", "postal code", "postcode", "plz",
		"bestellung", "bestellnummer", "bestell nr", "bestellnr", "auftrag", "auftragsnummer", "auftragsnr", "rechnung", "rechnungsnummer", "vorgang", "vorgangsnummer", "sendung", "sendungsnummer", "artikel", "artikelnummer", "kundennummer", "kunden nr", "vertrag", "vertragsnummer", "buchung", "buchungsnummer",
		"commande", "numero de commande", "facture", "colis", "reservation numero", "dossier", "client", "pedido", "numero de pedido", "factura", "reserva", "envio", "albaran", "encomenda", "fatura", "ordine", "numero ordine", "fattura", "prenotazione", "spedizione", "bestelling", "bestelnummer", "factuur", "pakket", "klantnummer",
		"ordre", "ordrenummer", "ordernummer", "bestallning", "faktura", "fakturanummer", "tilaus", "tilausnumero", "lasku", "zamowienie", "numer zamowienia", "objednavka", "cislo objednavky", "rendeles", "szamla", "comanda", "narudzba", "siparis", "siparis no", "fatura no", "kargo",
		"заказ", "заказа", "номер заказа", "счет", "замовлення", "παραγγελια", "注文", "注文番号", "订单", "订单号", "訂單", "주문", "주문번호", "طلب", "رقم الطلب", "הזמנה", "ऑर्डर", "คำสั่งซื้อ",
	},
	senseMoney: {
		"eur", "euro", "euros", "usd", "us$", "dollar", "dollars", "gbp", "pounds", "chf", "franken", "jpy", "yen", "inr", "rs", "rupees", "brl", "r$", "tl", "pln", "zl", "czk", "kc", "sek", "nok", "dkk", "kr", "huf", "ft", "ron", "lei", "bgn", "rub", "руб", "uah", "грн", "aud", "cad", "nzd", "mxn", "cny", "rmb", "hkd", "sgd", "krw", "zar", "clp", "cop", "ars", "idr", "rp", "vnd", "thb", "$", "€", "£", "¥", "₹", "₽", "₺", "₩", "₴", "₪", "₫", "฿", "元", "円",
		"total", "amount", "price", "sum", "balance", "paid", "cost", "costs", "refund", "refunded", "charge", "charged", "betrag", "summe", "preis", "montant", "prix", "importe", "precio", "importo", "prezzo", "bedrag", "prijs", "belopp", "kwota", "tutar",
	},
	senseAt:  {"at"},
	senseDot: {"dot"},
}
