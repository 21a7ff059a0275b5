using System.Text.RegularExpressions;

namespace Hdms.Kit.Problems;

/// <summary>Collects what is wrong with a request, field by field, so that a caller hears of everything at once.</summary>
/// <example><code>
/// var check = new Checks();
/// check.Text("name", request.Name, max: 100);
/// check.That("capacity", request.Capacity >= 0, "must be 0 or more");
/// check.Done();
/// </code></example>
public sealed class Checks
{
    readonly Dictionary<string, List<string>> _errors = new(StringComparer.Ordinal);

    public bool Ok => _errors.Count == 0;

    public IReadOnlyDictionary<string, string[]> Errors => _errors.ToDictionary(e => e.Key, e => e.Value.ToArray());

    public bool That(string field, bool holds, string error)
    {
        if (!holds)
        {
            if (!_errors.TryGetValue(field, out var list))
            {
                _errors[field] = list = [];
            }

            list.Add(error);
        }

        return holds;
    }

    /// <summary>Text of <paramref name="min"/> to <paramref name="max"/> characters after trimming.</summary>
    public bool Text(string field, string? value, int max, int min = 1)
    {
        var length = value?.Trim().Length ?? 0;
        return That(field, length >= min, min == 1 ? "is required" : $"must have at least {min} characters")
            && That(field, length <= max, $"must have at most {max} characters");
    }

    /// <summary>Like <see cref="Text"/>, but may be absent.</summary>
    public bool OptionalText(string field, string? value, int max, int min = 1) => value is null || Text(field, value, max, min);

    public bool Matches(string field, string? value, Regex pattern, string error) =>
        value is null || That(field, pattern.IsMatch(value), error);

    /// <summary>Refuses with 422 <c>validation_failed</c> when anything was wrong.</summary>
    public void Done()
    {
        if (Ok)
        {
            return;
        }

        var detail = string.Join("; ", _errors.Select(e => $"{e.Key} {string.Join(", ", e.Value)}"));
        throw new Refusal(Codes.ValidationFailed, detail) { Errors = Errors };
    }
}
