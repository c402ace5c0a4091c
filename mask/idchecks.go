package mask

// weighted adds up the digits times their weights; digits without a weight do not count.
func weighted(d []byte, weights ...int) int {
	sum := 0
	for i, w := range weights {
		if i < len(d) {
			sum += w * int(d[i]-'0')
		}
	}
	return sum
}

// remainder is the digits as one number, modulo n.
func remainder(d []byte, n int) int {
	rest := 0
	for _, c := range d {
		rest = (rest*10 + int(c-'0')) % n
	}
	return rest
}

func two(d []byte) int { return int(d[0]-'0')*10 + int(d[1]-'0') }

// dayMonth tells whether two digits each are a day and a month.
func dayMonth(day, month []byte) bool {
	return two(day) >= 1 && two(day) <= 31 && two(month) >= 1 && two(month) <= 12
}

// validSSN tells numbers that can have been given out, as social security numbers or as numbers of taxpayers (ITIN).
func validSSN(d []byte) bool {
	area, middle, serial := remainder(d[:3], 1000), two(d[3:5]), remainder(d[5:], 10000)
	if area >= 900 {
		return middle >= 50 && middle <= 99 && middle != 66 && middle != 67 && middle != 68 && middle != 69 && middle != 89 && middle != 93
	}
	return area != 0 && area != 666 && middle != 0 && serial != 0
}

func same(d []byte) bool {
	for _, c := range d {
		if c != d[0] {
			return false
		}
	}
	return true
}

func validCPF(d []byte) bool {
	check := func(n int) int {
		sum := 0
		for i := range n {
			sum += int(d[i]-'0') * (n + 1 - i)
		}
		return sum * 10 % 11 % 10
	}
	return !same(d) && check(9) == int(d[9]-'0') && check(10) == int(d[10]-'0')
}

// validPESEL knows the centuries in the month: 1900 as it is, 2000 + 20, 2100 + 40, 2200 + 60, 1800 + 80.
func validPESEL(d []byte) bool {
	month := two(d[2:4]) % 20
	return month >= 1 && month <= 12 && two(d[4:6]) >= 1 && two(d[4:6]) <= 31 && weighted(d, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)%10 == 0
}

func validTCKN(d []byte) bool {
	odd := weighted(d, 1, 0, 1, 0, 1, 0, 1, 0, 1)
	even := weighted(d, 0, 1, 0, 1, 0, 1, 0, 1)
	return d[0] != '0' && ((odd*7-even)%10+10)%10 == int(d[9]-'0') && weighted(d, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)%10 == int(d[10]-'0')
}

// mod11and10 is ISO 7064, MOD 11,10.
func mod11and10(d []byte) bool {
	rest := 10
	for _, c := range d[:len(d)-1] {
		if rest = (rest + int(c-'0')) % 10; rest == 0 {
			rest = 10
		}
		rest = rest * 2 % 11
	}
	return (11-rest)%10 == int(d[len(d)-1]-'0')
}

// validSteuerID knows that of the first ten digits one comes twice or three times and at most two are missing.
func validSteuerID(d []byte) bool {
	var seen [10]int
	for _, c := range d[:10] {
		seen[c-'0']++
	}
	missing, most := 0, 0
	for _, n := range seen {
		if n == 0 {
			missing++
		}
		most = max(most, n)
	}
	return d[0] != '0' && most <= 3 && most >= 2 && missing <= 2 && mod11and10(d)
}

func validBaltic(d []byte) bool {
	if d[0] < '1' || d[0] > '6' || !dayMonth(d[5:7], d[3:5]) {
		return false
	}
	check := weighted(d, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1) % 11
	if check == 10 {
		check = weighted(d, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3) % 11 % 10
	}
	return check == int(d[10]-'0')
}

func validNorwegian(d []byte) bool {
	return dayMonth(d[0:2], d[2:4]) && weighted(d, 3, 7, 6, 1, 8, 9, 4, 5, 2, 1)%11 == 0 && weighted(d, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0
}

// validBelgian knows that those born since 2000 count with a 2 before them.
func validBelgian(d []byte) bool {
	check := two(d[9:])
	young := (2_000_000_000 + remainder(d[:9], 1_000_000_000)) % 97
	return dayMonth(d[4:6], d[2:4]) && (97-remainder(d[:9], 97) == check || 97-young == check)
}

// validCzech knows that women's months count 50 more, and 20 more where a day ran out of numbers.
func validCzech(d []byte) bool {
	month := two(d[2:4]) % 50 % 20
	return month >= 1 && month <= 12 && two(d[4:6]) >= 1 && two(d[4:6]) <= 31 && remainder(d, 11) == 0
}

func validBulgarian(d []byte) bool {
	month := two(d[2:4]) % 20
	return two(d[2:4]) <= 52 && month >= 1 && month <= 12 && two(d[4:6]) >= 1 && two(d[4:6]) <= 31 && weighted(d, 2, 4, 8, 5, 10, 9, 7, 3, 6)%11%10 == int(d[9]-'0')
}

func validRomanian(d []byte) bool {
	return d[0] >= '1' && dayMonth(d[5:7], d[3:5]) && two(d[7:9]) >= 1 && two(d[7:9]) <= 52 && func() bool {
		check := weighted(d, 2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9) % 11
		return check%10 == int(d[12]-'0') && (check < 10 || d[12] == '1') || check == 10 && d[12] == '1'
	}()
}

func validThai(d []byte) bool {
	return d[0] != '0' && (11-weighted(d, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11)%10 == int(d[12]-'0')
}

func ean13(d []byte) bool {
	return (10-weighted(d, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3)%10)%10 == int(d[12]-'0')
}

// verhoeff is the check of Aadhaar, on the group of the pentagon's turns and flips.
func verhoeff(d []byte) bool {
	product := func(a, b int) int {
		switch {
		case a < 5 && b < 5:
			return (a + b) % 5
		case a < 5:
			return (a+b-5)%5 + 5
		case b < 5:
			return (a-5-b+5)%5 + 5
		}
		return (a - b + 5) % 5
	}
	step := [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	check := 0
	for i := range d {
		n := int(d[len(d)-1-i] - '0')
		for range i % 8 {
			n = step[n]
		}
		check = product(check, n)
	}
	return check == 0
}
