using Hdms.Kit.Hosting;
using Microsoft.Extensions.Configuration;

namespace Hdms.Files.Storage;

/// <summary>How to reach a bucket.</summary>
sealed record S3Settings(Uri Address, string Region, string Bucket, string AccessKey, string SecretKey)
{
    public override string ToString() => $"{nameof(S3Settings)} {Address} {Bucket}";

    /// <summary>Null when no bucket is set: files are on the local disk.</summary>
    public static S3Settings? Of(IConfiguration settings)
    {
        if (settings["files_s3"] is not { Length: > 0 } address)
        {
            return null;
        }

        return new S3Settings(
            Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
                ? url
                : throw new SettingException("files_s3", $"'{address}' is not the address of a storage; write https://s3.eu-central-1.amazonaws.com."),
            settings["files_s3_region"] ?? "us-east-1",
            settings.Required("files_s3_bucket"),
            settings.Required("files_s3_access_key"),
            settings.Required("files_s3_secret_key"));
    }

    public static IFileStore StoreOf(IConfiguration settings) =>
        Of(settings) is { } s3 ? new S3Store(s3) : new LocalDisk(FileRules.Of(settings).Folder);
}
