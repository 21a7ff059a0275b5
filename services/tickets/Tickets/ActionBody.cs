using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Tickets;

/// <summary>Reads what is asked of an action.</summary>
static class ActionBody
{
    /// <param name="body">Null when none came: an action that needs nothing is content with that.</param>
    /// <exception cref="Refusal">400 or 422: it can't be read as what the action asks for.</exception>
    public static T Read<T>(JsonElement? body)
        where T : class
    {
        try
        {
            return body is { } json
                ? json.Deserialize<T>(Json.Strict) ?? throw new JsonException("is null")
                : JsonSerializer.Deserialize<T>("{}", Json.Strict)!;
        }
        catch (JsonException e)
        {
            throw BadRequests.Understand(e);
        }
    }
}
