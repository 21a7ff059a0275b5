using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Hdms.Web.Api;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Admin.Health;

/// <summary>How the services are: whether they answer, and what their doctors find.</summary>
static class HealthPageRoutes
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static void Map(IEndpointRouteBuilder admin) => admin.MapGet("/health", ShowAsync);

    static async Task<IResult> ShowAsync(ApiClient api, ApiConnection connection, TimeProvider clock, CancellationToken ct)
    {
        var services = await Task.WhenAll(Services.All.Select(s => OfAsync(s, api, connection, clock, ct)));
        return Pages.Show<HealthPage>(new() { ["Services"] = services });
    }

    static async Task<ServiceHealth> OfAsync(Service service, ApiClient api, ApiConnection connection, TimeProvider clock, CancellationToken ct)
    {
        var ready = ReadyAsync(service, connection, clock, ct);
        var doctor = await api.SendAsync<IReadOnlyList<DoctorFinding>>(HttpMethod.Get, $"/{service.Name}/doctor", null, ct);
        if (doctor.Problem is { Status: 401 } over)
            throw new ApiException(over);
        var (status, version, took) = await ready;
        return new ServiceHealth(service.Name, status, version, took, doctor.Value, doctor.Problem);
    }

    /// <summary>Several services in one process answer together, and say each one's own state.</summary>
    static async Task<(string Status, string? Version, TimeSpan? Took)> ReadyAsync(Service service, ApiConnection connection, TimeProvider clock, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        var began = clock.GetTimestamp();
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(connection.AddressOf(service.Paths[0]), "/readyz"));
            using var answer = await connection.Http.SendAsync(request, patience.Token);
            using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(patience.Token));
            var took = clock.GetElapsedTime(began);
            var status = body.RootElement.TryGetProperty("services", out var all) && all.TryGetProperty(service.Name, out var own) ? own.GetString()
                : answer.IsSuccessStatusCode ? "ready" : "not_ready";
            return (status ?? "unknown", body.RootElement.TryGetProperty("version", out var version) ? version.GetString() : null, took);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or InvalidOperationException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return ("away", null, null);
        }
    }
}

/// <param name="Status"><c>ready</c>, <c>not_ready</c>, <c>away</c>.</param>
/// <param name="Findings">Null where the doctor could not be asked.</param>
public sealed record ServiceHealth(string Name, string Status, string? Version, TimeSpan? Took, IReadOnlyList<DoctorFinding>? Findings, ApiProblem? Problem);
