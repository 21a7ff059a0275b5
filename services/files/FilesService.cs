using Hdms.Contracts;
using Hdms.Files.Attachments;
using Hdms.Files.Downloads;
using Hdms.Files.Files;
using Hdms.Files.History;
using Hdms.Files.Organisation;
using Hdms.Files.Scanning;
using Hdms.Files.Storage;
using Hdms.Files.Uploads;
using Hdms.Files.Work;
using Hdms.Kit.Auth;
using Hdms.Kit.Clients;
using Hdms.Kit.Hosting;
using Hdms.Kit.Schema;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Files;

/// <summary>The files service: attachments of tickets, sub-tickets and messages.</summary>
public static class FilesService
{
    public static readonly ServiceDefinition Definition = new(
        Services.Files, SchemaScript.Of(typeof(FilesService).Assembly, Services.Files.Name, Services.Files.Role), Build)
    {
        Reports = ReportView.Of(typeof(FilesService).Assembly),
        State = [AttachmentTable.FromEvents],
        Checks = settings => [new BytesAndRows(S3Settings.StoreOf(settings))],
    };

    static WebApplication Build(IConfiguration settings) => Build(settings, configure: null);

    /// <param name="configure">What a test puts in the place of the real thing, as the clock.</param>
    internal static WebApplication Build(IConfiguration settings, Action<WebApplicationBuilder>? configure)
    {
        var builder = ServiceHost.CreateBuilder(Definition, settings);
        builder.Services.AddFiles(settings);
        configure?.Invoke(builder);
        return builder.Build().UseKit(MapFiles);
    }

    static void AddFiles(this IServiceCollection services, IConfiguration settings)
    {
        services.AddServiceClient<UsersClient>(Services.Users, settings);
        services.AddServiceClient<TicketsClient>(Services.Tickets, settings);
        services.AddServiceClient<CommunicationClient>(Services.Communication, settings);
        var rules = FileRules.Of(settings);
        services.AddSingleton(rules);
        services.AddSingleton(S3Settings.StoreOf(settings));
        services.AddSingleton<Sight>();
        services.AddSingleton<LinkTokens>();
        services.AddSingleton<UploadSpace>();
        services.AddSingleton<UploadDesk>();
        services.AddSingleton<FinishUpload>();
        services.AddSingleton<FileScans>();
        services.AddSingleton<Previews>();
        services.AddSingleton(FilesAudit.Show);
        services.AddSingleton<IDoctorCheck, BytesAndRows>();
        services.AddPeople();
        services.AddTicketsFollowed(rules);
        services.AddSingleton<FileWorker>().AddHostedService(s => s.GetRequiredService<FileWorker>());
        services.AddSingleton<Sweeper>().AddHostedService(s => s.GetRequiredService<Sweeper>());
    }

    static void MapFiles(RouteGroupBuilder api)
    {
        var reads = api.MapGroup("").LimitedToScopes(Scopes.ReadTickets);
        GetFile.Map(reads);
        GetContent.Map(reads);
        GetPreview.Map(reads);

        UploadFile.Map(api);
        DeleteFile.Map(api);
        ShowUploadOptions.Map(api);
        BeginUpload.Map(api);
        LookAtUpload.Map(api);
        ContinueUpload.Map(api);
        EndUpload.Map(api);

        ListAttachmentsOfMessages.Map(reads);

        MakeLink.Map(api);
        FollowLink.Map(api);

        foreach (var kind in Enum.GetValues<TargetKind>())
        {
            ListAttachments.Map(reads, kind);
            AttachFiles.Map(api, kind);
            RemoveAttachment.Map(api, kind);
        }

        SearchAudit.Map(api);
    }
}
