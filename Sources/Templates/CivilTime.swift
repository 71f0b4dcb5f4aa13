/// A date and time of day where the user is, for `strftime_now`.
package struct CivilTime: Sendable, Equatable {
    package let year: Int, month: Int, day: Int
    package let hour: Int, minute: Int, second: Int

    /// - Returns: nothing, if there is no such day or time.
    package init?(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        guard (1...9999).contains(year), (1...12).contains(month), (0..<24).contains(hour),
            (0..<60).contains(minute), (0...60).contains(second), day >= 1, day <= Self.days(of: month, year)
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
        (self.hour, self.minute, self.second) = (hour, minute, second)
    }

    private static func days(of month: Int, _ year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    private var dayOfYear: Int { (1..<month).reduce(day) { $0 + Self.days(of: $1, year) } }

    /// 0 is Sunday.
    private var weekday: Int {
        let before = year - 1
        return (before * 365 + before / 4 - before / 100 + before / 400 + dayOfYear) % 7
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    private static func pad(_ value: Int, _ width: Int, _ fill: Character = "0") -> String {
        let text = String(value)
        return String(repeating: fill, count: max(0, width - text.utf8.count)) + text
    }

    /// A number with the flag before it: `-` writes no zeros, `_` spaces.
    private static func number(_ value: Int, _ width: Int, _ flag: Unicode.Scalar?, _ fill: Character = "0") -> String {
        switch flag {
        case "-": String(value)
        case "_": pad(value, width, " ")
        case "0": pad(value, width, "0")
        default: pad(value, width, fill)
        }
    }

    /// `strftime` in the C locale, as glibc does it.
    func formatted(_ format: Text, _ meter: Meter) throws(TemplateError) -> Text {
        var builder = TextBuilder(meter)
        var offset = 0
        while offset < format.count {
            let (scalar, next) = format.scalar(at: offset)
            guard scalar == "%", next < format.count else {
                try builder.append(format, offset..<next)
                offset = next
                continue
            }
            var (letter, end) = format.scalar(at: next)
            var flag: Unicode.Scalar?
            if ["-", "_", "0"].contains(letter), end < format.count {
                flag = letter
                (letter, end) = format.scalar(at: end)
            }
            guard let text = text(letter, flag) else {
                throw .unsupported("'%\(letter)' in strftime_now()")
            }
            try builder.append(text)
            offset = end
        }
        return builder.text
    }

    private func text(_ letter: Unicode.Scalar, _ flag: Unicode.Scalar?) -> String? {
        let hour12 = (hour + 11) % 12 + 1
        func all(_ letters: String) -> String {
            letters.unicodeScalars.map { $0.properties.isAlphabetic ? text($0, nil) ?? "" : String($0) }.joined()
        }
        switch letter {
        case "Y": return String(year)
        case "C": return Self.number(year / 100, 2, flag)
        case "y": return Self.number(year % 100, 2, flag)
        case "m": return Self.number(month, 2, flag)
        case "d": return Self.number(day, 2, flag)
        case "e": return Self.number(day, 2, flag, " ")
        case "H": return Self.number(hour, 2, flag)
        case "k": return Self.number(hour, 2, flag, " ")
        case "I": return Self.number(hour12, 2, flag)
        case "l": return Self.number(hour12, 2, flag, " ")
        case "M": return Self.number(minute, 2, flag)
        case "S": return Self.number(second, 2, flag)
        case "j": return Self.number(dayOfYear, 3, flag)
        case "U": return Self.number((dayOfYear + 6 - weekday) / 7, 2, flag)
        case "W": return Self.number((dayOfYear + 6 - (weekday + 6) % 7) / 7, 2, flag)
        case "w": return String(weekday)
        case "u": return String(weekday == 0 ? 7 : weekday)
        default: break
        }
        guard flag == nil else { return nil }
        switch letter {
        case "B": return Self.months[month - 1]
        case "b", "h": return String(Self.months[month - 1].prefix(3))
        case "A": return Self.weekdays[weekday]
        case "a": return String(Self.weekdays[weekday].prefix(3))
        case "p": return hour < 12 ? "AM" : "PM"
        case "P": return hour < 12 ? "am" : "pm"
        case "F": return all("Y-m-d")
        case "D", "x": return all("m/d/y")
        case "T", "X": return all("H:M:S")
        case "R": return all("H:M")
        case "r": return all("I:M:S p")
        case "c": return all("a b e H:M:S Y")
        case "z", "Z": return ""
        case "n": return "\n"
        case "t": return "\t"
        case "%": return "%"
        default: return nil
        }
    }
}
