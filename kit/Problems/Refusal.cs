namespace Hdms.Kit.Problems;

/// <summary>The one exception by which a rule says no. <see cref="ProblemWriter"/> turns it into <c>application/problem+json</c> (RFC 9457).</summary>
public sealed class Refusal : Exception
{
    public Refusal(ProblemCode code, string detail, Exception? inner = null)
        : base(detail, inner) => Code = code;

    public ProblemCode Code { get; }

    /// <summary>What is wrong, by the field's JSON name; empty when no field is at fault.</summary>
    public IReadOnlyDictionary<string, string[]> Errors { get; init; } = new Dictionary<string, string[]>();

    /// <summary>Further members of the problem, as <c>version</c> or <c>from</c>.</summary>
    public IReadOnlyDictionary<string, object?> Members { get; init; } = new Dictionary<string, object?>();

    /// <summary>When to try again; sent as <c>Retry-After</c> in whole seconds.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The attempt is in the log already, with more than the refusal tells; it is not recorded a second time.</summary>
    public bool IsRecorded { get; init; }

    /// <summary>The same refusal, of which the log knows.</summary>
    public Refusal Recorded() => new(Code, Message, this) { Errors = Errors, Members = Members, RetryAfter = RetryAfter, IsRecorded = true };

    public static Refusal NotFound(string what) => new(Codes.NotFound, $"There is no {what} here that you may see.");

    public static Refusal Forbidden(string detail) => new(Codes.Forbidden, detail);

    public static Refusal Invalid(string field, string error) =>
        new(Codes.ValidationFailed, $"{field}: {error}") { Errors = new Dictionary<string, string[]> { [field] = [error] } };

    public static Refusal UnknownReference(string field, string detail) =>
        new(Codes.UnknownReference, detail) { Errors = new Dictionary<string, string[]> { [field] = [detail] } };

    public static Refusal Unavailable(ProblemCode code, string detail, TimeSpan retryAfter, Exception? inner = null) =>
        new(code, detail, inner) { RetryAfter = retryAfter };

    /// <summary>422: <paramref name="action"/> can't be done in the state <paramref name="from"/>; the problem names what can.</summary>
    public static Refusal InvalidTransition(string from, string action, IReadOnlyList<string> allowed, string? detail = null) =>
        new(Codes.InvalidTransition, detail ?? $"'{action}' can't be done in the state '{from}'.")
        {
            Members = new Dictionary<string, object?> { ["from"] = from, ["action"] = action, ["allowed_actions"] = allowed },
        };

    /// <param name="current">The version there is now.</param>
    /// <param name="changedBy">Who made it, if known.</param>
    public static Refusal VersionConflict(long current, Guid? changedBy = null) =>
        new(Codes.VersionConflict, $"It is at version {current} now. Read it again, then decide.")
        {
            Members = new Dictionary<string, object?> { ["version"] = current, ["changed_by"] = changedBy },
        };
}
