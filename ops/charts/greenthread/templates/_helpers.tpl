{{/* Labels of every object of the chart. */}}
{{- define "greenthread.labels" -}}
app.kubernetes.io/part-of: greenthread
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Labels by which the pods of a part are found: (dict "root" $ "part" "controller"). */}}
{{- define "greenthread.selector" -}}
app.kubernetes.io/name: greenthread-{{ .part }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end -}}

{{/* The image of a part: (dict "root" $ "own" .Values.controller.image). */}}
{{- define "greenthread.image" -}}
{{- $image := merge (dict) (.own | default dict) .root.Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "greenthread.pullPolicy" -}}
{{- (merge (dict) (.own | default dict) .root.Values.image).pullPolicy -}}
{{- end -}}

{{/* Requests and limits as GREENTHREAD_SIDECAR_RESOURCES has them: requests.cpu=50m,limits.memory=512Mi */}}
{{- define "greenthread.flatResources" -}}
{{- $flat := list -}}
{{- range $kind, $amounts := . -}}
{{- range $resource, $amount := $amounts -}}
{{- $flat = append $flat (printf "%s.%s=%v" $kind $resource $amount) -}}
{{- end -}}
{{- end -}}
{{- join "," $flat -}}
{{- end -}}

{{/* Of all containers; nothing of the engine writes outside /tmp or needs any right of the node's. */}}
{{- define "greenthread.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Of the pods of a part, between `spec:` and its containers: (dict "root" $ "part" "controller" "values" .Values.controller). */}}
{{- define "greenthread.pod" -}}
serviceAccountName: greenthread-{{ .part }}
automountServiceAccountToken: true
enableServiceLinks: false
{{- with .root.Values.global.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Replicas rather on different nodes, unless the values say otherwise. */}}
{{- define "greenthread.apart" -}}
affinity:
{{- if .values.affinity }}
{{- toYaml .values.affinity | nindent 2 }}
{{- else }}
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels: {{- include "greenthread.selector" . | nindent 14 }}
{{- end }}
{{- end -}}

{{/* Variables of all parts. */}}
{{- define "greenthread.environment" -}}
- {name: GREENTHREAD_SYSTEM_NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
- {name: GREENTHREAD_HOST, value: "0.0.0.0"}
- {name: GREENTHREAD_LOG_LEVEL, value: {{ .root.Values.logLevel }}}
{{- end -}}

{{/* The route as JSON, older spellings taken into account. */}}
{{- define "greenthread.route" -}}
{{- $route := deepCopy .Values.route -}}
{{- if (.Values.gateway | default dict).enabled -}}
{{- $_ := set $route "kind" "httproute" -}}
{{- $_ := set $route "gatewayName" ($route.gatewayName | default "greenthread-gateway") -}}
{{- end -}}
{{- if eq $route.kind "httproute" -}}
{{- if not $route.gatewayName -}}
{{- fail "route.kind is httproute: name the Gateway in route.gatewayName" -}}
{{- end -}}
{{- $_ := set $route "gatewayNamespace" ($route.gatewayNamespace | default .Release.Namespace) -}}
{{- $_ := set $route "className" $route.gatewayName -}}
{{- else -}}
{{- $_ := set $route "className" $route.ingressClassName -}}
{{- end -}}
{{- toJson $route -}}
{{- end -}}

{{- define "greenthread.agentRuntimeClass" -}}
{{- if kindIs "string" .Values.agent.runtimeClassName -}}
{{ .Values.agent.runtimeClassName }}
{{- else -}}
{{ .Values.vllm.runtimeClassName }}
{{- end -}}
{{- end -}}

{{- define "greenthread.disruptionBudget" -}}
{{- if and .values.podDisruptionBudget.enabled (gt (int .values.replicas) 1) -}}
apiVersion: {{ .root.Capabilities.APIVersions.Has "policy/v1" | ternary "policy/v1" "policy/v1beta1" }}
kind: PodDisruptionBudget
metadata:
  name: greenthread-{{ .part }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{- include "greenthread.labels" .root | nindent 4 }}
spec:
  minAvailable: 1
  selector:
    matchLabels: {{- include "greenthread.selector" . | nindent 6 }}
{{- end }}
{{- end -}}
