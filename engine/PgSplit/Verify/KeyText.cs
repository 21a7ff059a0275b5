using System.Buffers.Binary;
using System.Text;

namespace PgSplit.Verify;

/// <summary>The text that PostgreSQL prints for a key's bytes, for the types that are compared in them (settings as pinned: ISO dates, UTC, hex).</summary>
static class KeyText
{
    const long Day = 86_400_000_000;

    /// <param name="type">OID of the type; null where the bytes are text already.</param>
    public static string Of(uint? type, ReadOnlySpan<byte> value) => type switch
    {
        16 => value[0] == 0 ? "f" : "t",
        17 => "\\x" + Convert.ToHexStringLower(value),
        20 => BinaryPrimitives.ReadInt64BigEndian(value).ToString(),
        21 => BinaryPrimitives.ReadInt16BigEndian(value).ToString(),
        23 => BinaryPrimitives.ReadInt32BigEndian(value).ToString(),
        26 => BinaryPrimitives.ReadUInt32BigEndian(value).ToString(),
        1082 => Date(BinaryPrimitives.ReadInt32BigEndian(value)),
        1114 => Timestamp(BinaryPrimitives.ReadInt64BigEndian(value), ""),
        1184 => Timestamp(BinaryPrimitives.ReadInt64BigEndian(value), "+00"),
        2950 => new Guid(value, bigEndian: true).ToString(),
        _ => Encoding.UTF8.GetString(value),
    };

    static string Date(int days)
    {
        if (days is int.MaxValue or int.MinValue)
            return days > 0 ? "infinity" : "-infinity";
        var (date, bc) = DateOf(days);
        return date + bc;
    }

    static string Timestamp(long microseconds, string zone)
    {
        if (microseconds is long.MaxValue or long.MinValue)
            return microseconds > 0 ? "infinity" : "-infinity";
        var days = Math.DivRem(microseconds, Day, out var time);
        if (time < 0)
            (days, time) = (days - 1, time + Day);
        var (date, bc) = DateOf(days);
        var seconds = time / 1_000_000;
        var fraction = time % 1_000_000 == 0 ? "" : $".{time % 1_000_000:D6}".TrimEnd('0');
        return $"{date} {seconds / 3600:D2}:{seconds / 60 % 60:D2}:{seconds % 60:D2}{fraction}{zone}{bc}";
    }

    // .NET's dates end at the years 1 and 9999, PostgreSQL's do not: the Gregorian calendar by its cycle of 400 years, counted from 1 March 0000.
    static (string Date, string Bc) DateOf(long daysSince2000)
    {
        var days = daysSince2000 + 730_425;
        var cycle = Math.DivRem(days, 146_097, out var day);
        if (day < 0)
            (cycle, day) = (cycle - 1, day + 146_097);
        var yearOfCycle = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        var dayOfYear = day - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100);
        var month = (5 * dayOfYear + 2) / 153;
        var dayOfMonth = dayOfYear - (153 * month + 2) / 5 + 1;
        month = month < 10 ? month + 3 : month - 9;
        var year = cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0);
        return year > 0 ? ($"{year:D4}-{month:D2}-{dayOfMonth:D2}", "") : ($"{1 - year:D4}-{month:D2}-{dayOfMonth:D2}", " BC");
    }
}
