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
    /// <summary>
    /// Of so many at once each has its turn soon; more only wait for the row of the year, all of them woken by each commit for one to have
    /// it. Of one process; the row alone decides.
    /// </summary>
    const int AtOnce = 4;

    /// <summary>After that one goes all the same: while the database changes its home, nobody has to wait for those before.</summary>
    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    static readonly SemaphoreSlim Turns = new(AtOnce);

    /// <summary>Runs a unit of work that takes a number when its turn comes, which it waits for without a connection.</summary>
    public static async Task<T> InTurnAsync<T>(Func<Task<T>> work, CancellationToken ct)
    {
        var inTurn = await Turns.WaitAsync(LongestWait, ct);
        try
        {
            return await work();
        }
        finally
        {
            if (inTurn)
            {
                Turns.Release();
            }
        }
    }

    /// <param name="zone">Whose new year begins them anew.</param>
    public static async Task<TicketNumber> NextAsync(UnitOfWork unit, TimeZoneInfo zone)
    {
        var year = TimeZoneInfo.ConvertTime(unit.Now, zone).Year;
        var last = await unit.SingleAsync<int>(
            """
            INSERT INTO ticket_counters (year, last) VALUES (@year, 1)
            ON CONFLICT (year) DO UPDATE SET last = ticket_counters.last + 1
            RETURNING last
            """,
            new { year });
        return new TicketNumber(year, last);
    }
}
