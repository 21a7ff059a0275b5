using Dapper;
using Hdms.Kit.Problems;

namespace Hdms.Kit.Http;

/// <summary>
/// The filters of a list over rows that are called <c>r</c>, as SQL: only what is asked for gets into the statement, so that each
/// combination has a plan of its own.
/// </summary>
public sealed class Conditions
{
    readonly List<string> _sql = [];
    readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    /// <summary>To be put together with AND.</summary>
    public IReadOnlyList<string> Sql => _sql;

    /// <summary>The values that the conditions name.</summary>
    public IReadOnlyDictionary<string, object?> Values => _values;

    /// <summary>A condition that names no value.</summary>
    public void Add(string condition) => _sql.Add(condition);

    /// <summary>A condition that names <paramref name="value"/> as <c>@name</c>; none where the value is null.</summary>
    public void Add(string condition, string name, object? value)
    {
        if (value is not null)
        {
            _sql.Add(condition);
            _values[name] = value;
        }
    }

    /// <summary>One more value for a condition that is there.</summary>
    public void Set(string name, object? value) => _values[name] = value;

    /// <summary>A column that holds a person: an id, <c>me</c> or <c>none</c>.</summary>
    public void Person(string column, string? text, Caller caller, Checks check)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(check);
        switch (text)
        {
            case null or "":
                break;
            case "none":
                _sql.Add($"r.{column} IS NULL");
                break;
            case "me":
                Add($"r.{column} = @{column}", column, caller.Person);
                break;
            default:
                if (check.That(column, Guid.TryParse(text, out var id), "takes an id, or me"))
                {
                    Add($"r.{column} = @{column}", column, id);
                }

                break;
        }
    }

    public void AddTo(DynamicParameters args)
    {
        ArgumentNullException.ThrowIfNull(args);
        foreach (var (name, value) in _values)
        {
            args.Add(name, value);
        }
    }

    /// <summary>Null where nothing was typed.</summary>
    public static string? Text(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
