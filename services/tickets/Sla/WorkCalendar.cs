namespace Hdms.Tickets.Sla;

/// <summary>Which hours count (DOMAIN.md section 2, Calendar).</summary>
sealed record WorkCalendar
{
    /// <summary>Every hour counts.</summary>
    public static readonly WorkCalendar RoundTheClock = new();

    /// <summary>Null for round the clock.</summary>
    public Guid? Id { get; init; }

    /// <summary>When <paramref name="business"/> time after <paramref name="from"/> has passed.</summary>
    public DateTimeOffset Add(DateTimeOffset from, TimeSpan business) => Id is null ? from + business : throw new NotSupportedException();

    /// <summary>The business time between the two.</summary>
    public TimeSpan Between(DateTimeOffset from, DateTimeOffset until) => Id is null ? until - from : throw new NotSupportedException();
}
