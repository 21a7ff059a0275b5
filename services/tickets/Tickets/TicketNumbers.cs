using System.Globalization;
using Hdms.Kit.Database;

namespace Hdms.Tickets.Tickets;

/// <summary>A ticket's number, <c>HD-YYYY-NNNN</c> (DOMAIN.md section 6, Numbering).</summary>
sealed record TicketNumber(int Year, int InYear)
{
    public string Text => string.Create(CultureInfo.InvariantCulture, $"HD-{Year}-{InYear:D4}");
}

/// <summary>Gives numbers out: none twice, and none missing among those that were committed.</summary>
static class TicketNumbers
{
    /// <param name="zone">Whose new year begins them anew.</param>
    public static async Task<TicketNumber> NextAsync(UnitOfWork unit, TimeZoneInfo zone)
    {
        var year = TimeZoneInfo.ConvertTime(unit.Now, zone).Year;

        // The row alone would do, but all who wait for a row are woken at once, for one of them to have it; for a lock they queue.
        var last = await unit.SingleAsync<int>(
            """
            INSERT INTO ticket_counters (year, last) SELECT @year, 1 FROM (SELECT pg_advisory_xact_lock(hashtextextended('hdms_ticket_numbers', @year))) AS turn
            ON CONFLICT (year) DO UPDATE SET last = ticket_counters.last + 1
            RETURNING last
            """,
            new { year });
        return new TicketNumber(year, last);
    }
}
