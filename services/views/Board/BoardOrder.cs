using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Views.Board;

/// <summary>
/// By what the board is sorted, and from where on it is shown. A page begins behind a key, not at a number: what comes in meanwhile moves
/// no row from one page to another, and the thousandth page costs as much as the first.
/// </summary>
/// <param name="Column">Of <c>view_tickets</c>; never empty.</param>
/// <param name="Type">PostgreSQL's, to which a key is read back.</param>
sealed record BoardOrder(string Sort, string Column, string Type, bool Descending)
{
    const string Otherwise = "-last_activity_at";

    static readonly Dictionary<string, (string Column, string Type)> Sorts = new(StringComparer.Ordinal)
    {
        ["created_at"] = ("created_at", "timestamptz"),
        ["updated_at"] = ("updated_at", "timestamptz"),
        ["last_activity_at"] = ("last_activity_at", "timestamptz"),
        ["submitted_at"] = ("submitted_order", "timestamptz"),
        ["due_at"] = ("due_order", "timestamptz"),
        ["priority"] = ("priority_order", "integer"),
        ["number"] = ("number_order", "bigint"),
        ["title"] = ("title_order", "text"),
    };

    /// <summary>The one in which most lists are read, and which every index of a part of them has.</summary>
    public bool IsUsual => Column == "last_activity_at";

    public static BoardOrder Read(string? sort, Checks check)
    {
        var asked = string.IsNullOrWhiteSpace(sort) ? Otherwise : sort.Trim();
        var descending = asked.StartsWith('-');
        var known = Sorts.TryGetValue(descending ? asked[1..] : asked, out var by);
        check.That("sort", known, $"goes by one of {string.Join(", ", Sorts.Keys)}; - before it turns it round");
        return known ? new(asked, by.Column, by.Type, descending) : Read(null, check);
    }

    /// <param name="back">Turned round, to go back from a key.</param>
    public string Sql(bool back)
    {
        var direction = Descending ^ back ? "DESC" : "ASC";
        return $"r.{Column} {direction}, r.id {direction}";
    }

    /// <summary>What lies behind the key, in that direction.</summary>
    public string Behind(bool back) => $"(r.{Column}, r.id) {(Descending ^ back ? "<" : ">")} (@key::{Type}, @keyId)";

    public string Cursor(string key, Guid id) =>
        Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new Place(Sort, key, id), Json.Tolerant));

    /// <exception cref="Refusal">400: the cursor is not one that this list gave, in this order.</exception>
    public (string Key, Guid Id)? Place(string name, string? cursor)
    {
        if (string.IsNullOrEmpty(cursor))
        {
            return null;
        }

        try
        {
            var bytes = new byte[cursor.Length];
            if (Base64Url.IsValid(cursor)
                && Base64Url.TryDecodeFromChars(cursor, bytes, out var length)
                && JsonSerializer.Deserialize<Place>(Encoding.UTF8.GetString(bytes, 0, length), Json.Tolerant) is { } place
                && place.Sort == Sort
                && IsKey(place.Key))
            {
                return (place.Key, place.Id);
            }
        }
        catch (JsonException)
        {
            // As anything else that is no cursor.
        }

        throw new Refusal(Codes.Malformed, $"{name}: send what this list answered with, in the same order.")
        {
            Errors = new Dictionary<string, string[]> { [name] = ["is no cursor of this list"] },
        };
    }

    /// <summary>PostgreSQL would refuse it, too, but as a fault of ours.</summary>
    bool IsKey(string key) => Type switch
    {
        "text" => true,
        "timestamptz" => key == "infinity" || DateTimeOffset.TryParse(key, System.Globalization.CultureInfo.InvariantCulture, out _),
        _ => long.TryParse(key, System.Globalization.NumberStyles.None, null, out _),
    };
}

/// <summary>What a cursor says.</summary>
sealed record Place(string Sort, string Key, Guid Id);
