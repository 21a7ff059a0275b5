using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Hdms.Contracts;
using Hdms.Kit.Auth;

namespace Hdms.Kit.Feeds;

/// <summary>A part of another service's feed.</summary>
/// <param name="Epoch">The log's epoch now.</param>
/// <param name="From">The position after which the events begin; earlier than the one asked for after a restore.</param>
/// <param name="To">The position up to which there is nothing more to give; where to go on from, also when there are no events.</param>
public sealed record FeedPart(int Epoch, long From, long To, IReadOnlyList<FeedEvent> Events)
{
    internal LogPosition End => new(Epoch, To);
}

/// <summary>Asks another service for its feed. There is no retry in here: a reader asks again anyway.</summary>
public sealed class FeedClient(HttpClient http, ServiceTokens tokens)
{
    /// <exception cref="HttpRequestException">The service does not answer, or refuses.</exception>
    /// <exception cref="FeedWentBackException">The log is shorter than the position, in the same epoch.</exception>
    public async Task<FeedPart> ReadAsync(Service source, LogPosition after, int limit, TimeSpan wait, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(source);
        var query = string.Create(
            CultureInfo.InvariantCulture, $"{source.Feed}?lastEventId={after}&limit={limit}&timeout={wait.TotalMilliseconds:F0}");
        using var request = new HttpRequestMessage(HttpMethod.Get, query);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens.Current());
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        if (response.StatusCode == HttpStatusCode.Conflict)
        {
            throw new FeedWentBackException(source.Name, after);
        }

        response.EnsureSuccessStatusCode();
        var events = await response.Content.ReadFromJsonAsync<List<FeedEvent>>(Json.Tolerant, ct);
        return new FeedPart((int)Header(response, Feed.EpochHeader), Header(response, Feed.FromHeader), Header(response, Feed.ToHeader), events ?? []);
    }

    static long Header(HttpResponseMessage response, string name) =>
        long.Parse(response.Headers.GetValues(name).Single(), CultureInfo.InvariantCulture);
}

/// <summary>A log was put back to an earlier state without a new epoch; what is missing can't be told, so somebody has to decide.</summary>
public sealed class FeedWentBackException(string source, LogPosition after)
    : Exception($"The log of {source} ends before {after}: it was put back without a new epoch.");
