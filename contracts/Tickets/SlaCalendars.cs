using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Hdms.Contracts;

/// <summary>Hours of a day that count, as the clocks there show them.</summary>
/// <param name="From"><c>09:00</c>.</param>
/// <param name="To">Later than <paramref name="From"/> on the same day; <c>24:00</c> is its end.</param>
public sealed record WorkRange(
    [property: StringLength(5, MinimumLength = 5), RegularExpression("^([01][0-9]|2[0-3]):[0-5][0-9]$")] string From,
    [property: StringLength(5, MinimumLength = 5), RegularExpression("^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")] string To);

/// <summary>The hours that count, by weekday; a day off has none, a split day several.</summary>
public sealed record WorkWeek
{
    public IReadOnlyList<WorkRange> Monday { get; init; } = [];

    public IReadOnlyList<WorkRange> Tuesday { get; init; } = [];

    public IReadOnlyList<WorkRange> Wednesday { get; init; } = [];

    public IReadOnlyList<WorkRange> Thursday { get; init; } = [];

    public IReadOnlyList<WorkRange> Friday { get; init; } = [];

    public IReadOnlyList<WorkRange> Saturday { get; init; } = [];

    public IReadOnlyList<WorkRange> Sunday { get; init; } = [];

    /// <summary>Every day's ranges, Sunday first, as <see cref="DayOfWeek"/> counts.</summary>
    [JsonIgnore]
    public IReadOnlyList<IReadOnlyList<WorkRange>> Days => [Sunday, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday];
}

/// <param name="TimeZone">Of the IANA database, as <c>Asia/Karachi</c>.</param>
/// <param name="Holidays">Days there on which no hour counts.</param>
/// <param name="DepartmentId">Null: the organisation's, for every department that has none of its own.</param>
public sealed record CreateCalendarRequest(
    [property: StringLength(100, MinimumLength = 1)] string Name,
    [property: StringLength(60, MinimumLength = 1)] string TimeZone,
    WorkWeek Hours,
    IReadOnlyList<DateOnly>? Holidays = null,
    Guid? DepartmentId = null);

/// <summary>What is to be changed of a calendar: members that are absent stay. Whose it is stays.</summary>
public sealed record ChangeCalendarRequest
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(100, MinimumLength = 1)]
    public Optional<string> Name { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(60, MinimumLength = 1)]
    public Optional<string> TimeZone { get; init; }

    /// <summary>The whole week.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public WorkWeek? Hours { get; init; }

    /// <summary>All of them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<DateOnly>? Holidays { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Version { get; init; }
}

/// <summary>Which hours count for a department's tickets, or the organisation's. A deleted one can still be read, since clocks may name it.</summary>
public sealed record CalendarView(
    Guid Id,
    string Name,
    string TimeZone,
    WorkWeek Hours,
    IReadOnlyList<DateOnly> Holidays,
    Guid? DepartmentId,
    bool IsDeleted,
    DateTimeOffset? DeletedAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    long Version);

/// <summary>How a calendar is after the event.</summary>
public abstract record CalendarState
{
    public Guid Id { get; init; }

    public string Name { get; init; } = "";

    public string TimeZone { get; init; } = "";

    public WorkWeek Hours { get; init; } = new();

    public IReadOnlyList<DateOnly> Holidays { get; init; } = [];

    public Guid? DepartmentId { get; init; }

    public bool IsDeleted { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

[EventType("calendar.created.v1")]
public sealed record CalendarCreated : CalendarState;

[EventType("calendar.changed.v1")]
public sealed record CalendarChanged : CalendarState;

[EventType("calendar.deleted.v1")]
public sealed record CalendarDeleted : CalendarState;

/// <summary>Came from the old system, or through an engine that knows no events.</summary>
[EventType("calendar.imported.v1")]
public sealed record CalendarImported : CalendarState;
